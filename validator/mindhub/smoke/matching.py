"""Does a checkpoint fit a network: a comparison of two tensor tables, without MindSpore."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

#: Optimiser slots: entries called `<slot>.<parameter>` (or `<slot>_<parameter>`), written when the training
#: cell is saved instead of the network. They are training state only where <parameter> itself is in the
#: network or the checkpoint: `linear.` begins an FTRL slot, but also the name of many a layer.
#: Source: the `clone(prefix=…)` calls in mindspore/nn/optim, mindspore/experimental/optim and mindspore/mint/optim.
SLOTS: Mapping[str, str] = {
    "accu_grads": "accumulated gradients",
    "accum": "SGD, Adagrad, Adadelta, ProximalAdagrad",
    "accum_update": "Adadelta",
    "adam_m": "Adam with decoupled weight decay",
    "adam_v": "Adam with decoupled weight decay",
    "ax": "averaged SGD, experimental",
    "ax_": "averaged SGD",
    "eta": "averaged SGD",
    "exp_avg": "AdaFactor and the experimental and mint Adam family",
    "exp_avg_sq": "AdaFactor and the experimental and mint Adam family",
    "exp_avg_sq_col": "AdaFactor",
    "exp_avg_sq_row": "AdaFactor",
    "exp_inf": "Adamax, experimental",
    "lamb_m": "LAMB",
    "lamb_v": "LAMB",
    "linear": "FTRL",
    "max_exp_avg_sq": "Adam with amsgrad, experimental and mint",
    "mean_grad": "RMSProp",
    "mean_square": "RMSProp",
    "moment": "RMSProp",
    "moment1": "Adam, LazyAdam, AdaMax",
    "moment2": "Adam, LazyAdam, AdaMax",
    "moments": "Momentum, FTRL, THOR, LARS",
    "momentum_buf": "SGD of mint",
    "mu": "averaged SGD",
    "mu_product": "NAdam, experimental",
    "prev": "Rprop",
    "stat": "SGD",
    "step_size": "Rprop",
    "vhat": "Adam with amsgrad",
}

#: Single entries beside the slots: whole names, as patterns, and who writes them.
COUNTERS: Mapping[str, str] = {
    r"global_step": "every optimiser: the number of steps taken",
    r"learning_rate(_group_\d+)?|weight_decay(_group_\d+)?": "every optimiser: the value or its schedule",
    r"beta[12]_power": "Adam, LazyAdam, AdaMax: powers of the decay rates",
    r"momentum": "Momentum, SGD, THOR: the hyper-parameter",
    r"state_step|step_t|afactor_step|cov_step": "experimental and mint optimisers, AdaFactor, THOR: steps taken",
    r"scale_sense|scale_value|loss_scale": "loss scaling: the current scale",
    r"current_iterator_step|last_overflow_iterator_step": "loss scaling: when it last changed",
    r"epoch_num|step_num|batch_num": "ModelCheckpoint's append_info: where training stood",
    r"last_epoch|cooldown_counter|T_[0i]|T_cur": "experimental learning rate schedulers",
    r"accumulation_step|accu_step": "gradient accumulation: steps since the last update",
    r"random_op": "ModelCheckpoint's append_info: the state of the random generators",
}

#: Types of numbers with the types that hold every value of them.
WIDER: Mapping[str, frozenset[str]] = {
    "float16": frozenset({"float32", "float64"}),
    "bfloat16": frozenset({"float32", "float64"}),
    "float32": frozenset({"float64"}),
    "int8": frozenset({"int16", "int32", "int64"}),
    "int16": frozenset({"int32", "int64"}),
    "int32": frozenset({"int64"}),
    "uint8": frozenset({"uint16", "uint32", "uint64", "int16", "int32", "int64"}),
    "uint16": frozenset({"uint32", "uint64", "int32", "int64"}),
    "uint32": frozenset({"uint64", "int64"}),
}

_COUNTER = re.compile("|".join(f"(?:{pattern})" for pattern in COUNTERS))


class Row(Protocol):
    """One tensor of a table; `mindhub.formats.table.Tensor` is one."""

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def shape(self) -> tuple[int, ...]: ...  # noqa: D102
    @property
    def dtype(self) -> str: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Parameter:
    """Name, shape and dtype of a parameter or a checkpoint entry."""

    name: str
    shape: tuple[int, ...]
    dtype: str  #: as numpy spells it: float32

    def __str__(self) -> str:
        return f"{self.name} {self.dtype} {list(self.shape)}"


@dataclass(frozen=True, slots=True)
class Pair:
    """A parameter and the checkpoint entry with its name, which differ."""

    network: Parameter
    checkpoint: Parameter


@dataclass(frozen=True, slots=True)
class Match:
    """How a checkpoint's tensor table relates to a network's."""

    matched: int  #: parameters whose entry has their shape, and their dtype or one that fits into it
    missing: tuple[Parameter, ...]  #: parameters of the network that the checkpoint lacks
    reshaped: tuple[Pair, ...]  #: another shape
    recast: tuple[Pair, ...]  #: the same shape, and a dtype that does not fit into the network's
    extra: tuple[Parameter, ...]  #: entries that nothing accounts for
    training_state: tuple[Parameter, ...]  #: entries of an optimiser, a loss scale or a training loop
    ignored: tuple[Parameter, ...]  #: entries that the card's `ignore-extra` names
    widened: tuple[Pair, ...] = ()  #: the same shape, and a dtype of which the network's holds every value: it is cast
    spare: tuple[str, ...] = field(default=(), repr=False)  #: all names of the checkpoint, for suggestions
    wanted: tuple[str, ...] = field(default=(), repr=False)  #: all names of the network
    arguments: Mapping[str, tuple[str, int]] = field(default_factory=dict, repr=False)  #: see `match`

    @property
    def ok(self) -> bool:
        """Say whether every parameter finds its values and nothing is left over; an empty network never fits."""
        return bool(self.matched) and not (self.missing or self.reshaped or self.recast or self.extra)

    def explain(self) -> str:
        """Return the differences line by line, with the nearest names and the likely causes."""
        # Only a misfit needs it.
        from mindhub.smoke.misfit import explanation

        return "\n".join(explanation(self))


def match(
    network_table: Iterable[Row],
    checkpoint_table: Iterable[Row],
    ignore_extra: Sequence[str] = (),
    arguments: Mapping[str, tuple[str, int]] | None = None,
) -> Match:
    """Compare the parameters of a network with the entries of a checkpoint, by name, shape and dtype.

    An entry beyond the network's parameters is training state (SLOTS, COUNTERS), or named by one of the
    regular expressions of `ignore_extra` (searched for, so `^adam_` is a prefix), or extra. A scalar that
    MindSpore 1.x wrote with the dims [0] counts as a scalar. An entry is cast where its type fits into the parameter's
    (float16 into float32), which changes no value and is said; one that does not (float32 into float16) is no match.

    `arguments` only serves the explanation: patterns of parameter names (as in fnmatch) -> the argument of the
    network's factory that sets one of their axes, and that axis: `{"*.embedding_table": ("vocab_size", 0)}`.

    Raises ValueError for an `ignore_extra` that is no regular expression.
    """
    ignored_names = _compiled(ignore_extra)
    network = {row.name: _parameter(row) for row in network_table}
    checkpoint = {row.name: _parameter(row) for row in checkpoint_table}
    missing: list[Parameter] = []
    reshaped: list[Pair] = []
    recast: list[Pair] = []
    widened: list[Pair] = []
    for name, parameter in network.items():
        entry = checkpoint.get(name)
        if entry is None:
            missing.append(parameter)
        elif entry.shape != parameter.shape and (parameter.shape, entry.shape) != ((), (0,)):
            reshaped.append(Pair(parameter, entry))
        elif parameter.dtype in WIDER.get(entry.dtype, ()):
            widened.append(Pair(parameter, entry))
        elif entry.dtype != parameter.dtype:
            recast.append(Pair(parameter, entry))
    extra: list[Parameter] = []
    training_state: list[Parameter] = []
    ignored: list[Parameter] = []
    for name, entry in checkpoint.items():
        if name in network:
            continue
        if is_training_state(name, network, checkpoint):
            training_state.append(entry)
        elif any(pattern.search(name) for pattern in ignored_names):
            ignored.append(entry)
        else:
            extra.append(entry)
    return Match(
        matched=len(network) - len(missing) - len(reshaped) - len(recast),
        missing=tuple(missing),
        reshaped=tuple(reshaped),
        recast=tuple(recast),
        widened=tuple(widened),
        extra=tuple(extra),
        training_state=tuple(training_state),
        ignored=tuple(ignored),
        spare=tuple(checkpoint),
        wanted=tuple(network),
        arguments=arguments or {},
    )


def is_training_state(name: str, *tables: Mapping[str, object]) -> bool:
    """Say whether an entry is what training leaves behind; `tables` hold the names a slot may belong to."""
    if _COUNTER.fullmatch(name):
        return True
    return any(owner in table for owner in slot_owners(name) for table in tables)


def slot_owners(name: str) -> list[str]:
    """Return the parameters whose slot an entry may be.

    More than one, since `exp_avg_sq.w` reads as slot `exp_avg_sq` of `w` and as slot `exp_avg` of `sq.w`.
    """
    return [name[len(slot) + 1 :] for slot in SLOTS if name.startswith((f"{slot}.", f"{slot}_"))]


def _parameter(row: Row) -> Parameter:
    return Parameter(row.name, tuple(row.shape), row.dtype)


def _compiled(patterns: Sequence[str]) -> list[re.Pattern[str]]:
    compiled = []
    for pattern in patterns:
        try:
            compiled.append(re.compile(pattern))
        except re.error as error:
            raise ValueError(f"ignore-extra: {pattern!r} is not a regular expression: {error}") from error
    return compiled
