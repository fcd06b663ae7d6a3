"""BERT base with a classification head, under the parameter names of the checkpoints published for MindSpore 1.7.

The architecture is that of Devlin et al., "BERT: Pre-training of Deep Bidirectional Transformers for Language
Understanding" (arXiv:1810.04805): a stack of transformer encoder layers with the normalisation after each
residual sum. The cells are nested, and the attributes called, as the names in those checkpoints require:
`bert.bert_encoder.layers.0.attention.attention.query_layer.weight` and so on, 201 parameters with the
arguments' defaults.

The vocabulary's size is an assumption. The published checkpoint was not at hand when this was written; 30522
is the size of the English uncased vocabulary of the paper's authors. If the checkpoint has another one,
loading fails with a message that names the argument `vocab_size` and the number to give it.
"""

from __future__ import annotations

import math

from mindspore import Tensor, nn, ops
from mindspore.common.initializer import Normal

#: Which argument of `bert_classifier` sets which axis of which parameters. Loading reads it to explain a misfit.
SHAPE_ARGUMENTS = {
    "bert.bert_embedding_lookup.embedding_table": ("vocab_size", 0),
    "bert.bert_embedding_postprocessor.full_position_embedding.embedding_table": ("max_positions", 0),
    "bert.bert_embedding_postprocessor.token_type_embedding.embedding_table": ("token_types", 0),
    "bert.bert_encoder.layers.*.intermediate.weight": ("intermediate_size", 0),
    "bert.bert_encoder.layers.*.intermediate.bias": ("intermediate_size", 0),
    "bert.*.layernorm.gamma": ("hidden_size", 0),
    "dense_1.weight": ("num_labels", 0),
    "dense_1.bias": ("num_labels", 0),
}

#: Added to the scores of positions that are padding; after the softmax nothing of them is left.
_MASKED = -10000.0

#: The smallest variance in a normalisation; MindSpore's default, stated because the results depend on it.
_EPSILON = 1e-7


def bert_classifier(
    num_labels: int = 2,
    vocab_size: int = 30522,
    hidden_size: int = 768,
    num_layers: int = 12,
    num_heads: int = 12,
    intermediate_size: int = 3072,
    max_positions: int = 512,
    token_types: int = 2,
) -> BertClassifier:
    """Build the classifier, with the dimensions of BERT base where nothing else is said.

    `vocab_size=30522` is assumed (see the module's first lines). Sequences may have any length up to
    `max_positions`. Weights are drawn from a normal distribution with deviation 0.02, biases are zero.
    """
    if hidden_size % num_heads:
        raise ValueError(f"hidden_size={hidden_size} is not a multiple of num_heads={num_heads}")
    embeddings = Embeddings(hidden_size, max_positions, token_types)
    encoder = Encoder(num_layers, hidden_size, num_heads, intermediate_size)
    return BertClassifier(Bert(vocab_size, hidden_size, embeddings, encoder), hidden_size, num_labels)


class BertClassifier(nn.Cell):
    """Classify a text, or a pair of texts, from what the encoder says at the first position."""

    def __init__(self, bert: Bert, hidden_size: int, num_labels: int) -> None:
        super().__init__()
        self.bert = bert
        self.dense_1 = _dense(hidden_size, num_labels)

    def construct(self, input_ids: Tensor, input_mask: Tensor, token_type_id: Tensor) -> Tensor:
        """Return the log-probabilities of the labels, (batch, num_labels) float32.

        All inputs are (batch, length) int32: word piece numbers below `vocab_size`; 1 where there is a word
        piece and 0 where there is padding; 0 for the first text and 1 for the second.
        """
        pooled = self.bert(input_ids, input_mask, token_type_id)
        return ops.log_softmax(self.dense_1(pooled), axis=-1)


class Bert(nn.Cell):
    """Encode word pieces and pool what is at the first position."""

    def __init__(self, vocab_size: int, hidden_size: int, embeddings: Embeddings, encoder: Encoder) -> None:
        super().__init__()
        self.bert_embedding_lookup = _embedding(vocab_size, hidden_size)
        self.bert_embedding_postprocessor = embeddings
        self.bert_encoder = encoder
        self.dense = _dense(hidden_size, hidden_size)

    def construct(self, input_ids: Tensor, input_mask: Tensor, token_type_id: Tensor) -> Tensor:
        """Map three times (batch, length), as the classifier takes them, to (batch, hidden)."""
        words = self.bert_embedding_lookup(input_ids)
        embedded = self.bert_embedding_postprocessor(words, token_type_id)
        # (batch, 1, 1, length): the same for every head and every querying position, so computed once.
        bias = (1.0 - input_mask.astype(words.dtype)).expand_dims(1).expand_dims(1) * _MASKED
        encoded = self.bert_encoder(embedded, bias)
        return ops.tanh(self.dense(encoded[:, 0]))


class Embeddings(nn.Cell):
    """Add to each word its position and its text, and normalise."""

    def __init__(self, hidden_size: int, max_positions: int, token_types: int) -> None:
        super().__init__()
        self.token_type_embedding = _embedding(token_types, hidden_size)
        self.full_position_embedding = _embedding(max_positions, hidden_size)
        self.layernorm = nn.LayerNorm((hidden_size,), epsilon=_EPSILON)

    def construct(self, words: Tensor, token_type_id: Tensor) -> Tensor:
        """Map (batch, length, hidden) and (batch, length) to (batch, length, hidden)."""
        positions = self.full_position_embedding.embedding_table[: words.shape[1]]
        return self.layernorm(words + self.token_type_embedding(token_type_id) + positions)


class Encoder(nn.Cell):
    """Apply the layers one after the other.

    Inside, batch and length are one axis, `tokens`: on the CPU a dense layer takes a matrix in less than half the
    time that it takes for the same numbers with three axes.
    """

    def __init__(self, num_layers: int, hidden_size: int, num_heads: int, intermediate_size: int) -> None:
        super().__init__()
        self.layers = nn.CellList([Layer(hidden_size, num_heads, intermediate_size) for _ in range(num_layers)])

    def construct(self, hidden: Tensor, bias: Tensor) -> Tensor:
        """Map (batch, length, hidden) and the mask's (batch, 1, 1, length) to (batch, length, hidden)."""
        tokens = hidden.reshape(-1, hidden.shape[-1])
        for layer in self.layers:
            tokens = layer(tokens, bias)
        return tokens.reshape(hidden.shape)


class Layer(nn.Cell):
    """Attend, then transform each position by itself."""

    def __init__(self, hidden_size: int, num_heads: int, intermediate_size: int) -> None:
        super().__init__()
        self.attention = Attention(hidden_size, num_heads)
        self.intermediate = _dense(hidden_size, intermediate_size)
        self.output = Residual(intermediate_size, hidden_size)

    def construct(self, hidden: Tensor, bias: Tensor) -> Tensor:
        """Map (tokens, hidden) and (batch, 1, 1, length) to (tokens, hidden)."""
        attended = self.attention(hidden, bias)
        # MindSpore's GELU is the tanh approximation where nothing else is said; the weights were trained with it.
        return self.output(ops.gelu(self.intermediate(attended), approximate="tanh"), attended)


class Attention(nn.Cell):
    """Let every position look at every other, and add what it finds."""

    def __init__(self, hidden_size: int, num_heads: int) -> None:
        super().__init__()
        self.attention = Heads(hidden_size, num_heads)
        self.output = Residual(hidden_size, hidden_size)

    def construct(self, hidden: Tensor, bias: Tensor) -> Tensor:
        """Map (tokens, hidden) and (batch, 1, 1, length) to (tokens, hidden)."""
        return self.output(self.attention(hidden, bias), hidden)


class Heads(nn.Cell):
    """Compute scaled dot-product attention in several heads."""

    def __init__(self, hidden_size: int, num_heads: int) -> None:
        super().__init__()
        self.num_heads = num_heads
        self.head_size = hidden_size // num_heads
        self.factor = 1.0 / math.sqrt(self.head_size)
        self.query_layer = _dense(hidden_size, hidden_size)
        self.key_layer = _dense(hidden_size, hidden_size)
        self.value_layer = _dense(hidden_size, hidden_size)
        self.scores = ops.BatchMatMul(transpose_b=True)
        self.sums = ops.BatchMatMul()

    def construct(self, hidden: Tensor, bias: Tensor) -> Tensor:
        """Map (tokens, hidden) and (batch, 1, 1, length) to (tokens, hidden)."""
        length = bias.shape[-1]
        query = self.split(self.query_layer(hidden) * self.factor, length)
        key = self.split(self.key_layer(hidden), length)
        value = self.split(self.value_layer(hidden), length)
        # One weight for each pair of positions, in each head: (batch, heads, length, length).
        weights = ops.softmax(self.scores(query, key) + bias, axis=-1)
        return self.sums(weights, value).transpose(0, 2, 1, 3).reshape(hidden.shape)

    def split(self, vectors: Tensor, length: int) -> Tensor:
        """Part (tokens, hidden) into (batch, heads, length, head size)."""
        return vectors.reshape(-1, length, self.num_heads, self.head_size).transpose(0, 2, 1, 3)


class Residual(nn.Cell):
    """Map a branch back to the hidden size, add it to the trunk and normalise."""

    def __init__(self, in_size: int, hidden_size: int) -> None:
        super().__init__()
        self.dense = _dense(in_size, hidden_size)
        self.layernorm = nn.LayerNorm((hidden_size,), epsilon=_EPSILON)

    def construct(self, branch: Tensor, trunk: Tensor) -> Tensor:
        """Map (tokens, in size) and (tokens, hidden) to (tokens, hidden)."""
        return self.layernorm(self.dense(branch) + trunk)


def _dense(in_size: int, out_size: int) -> nn.Dense:
    return nn.Dense(in_size, out_size, weight_init=Normal(0.02), bias_init="zeros")


def _embedding(rows: int, size: int) -> nn.Embedding:
    return nn.Embedding(rows, size, embedding_table=Normal(0.02))
