"""VGG-16 under the parameter names of MindSpore's models repository (official/cv/vgg16).

After Simonyan and Zisserman, "Very Deep Convolutional Networks for Large-Scale Image Recognition" (arXiv:1409.1556),
without biases in the convolutions, as the repository's settings for ImageNet have it.
"""

from __future__ import annotations

from mindspore import Tensor, nn

_STAGES = ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3))  #: channels and number of convolutions


class Vgg(nn.Cell):
    """Classify images: thirteen convolutions in five stages, three dense layers."""

    def __init__(self, num_classes: int = 1000) -> None:
        super().__init__()
        layers: list[nn.Cell] = []
        channels = 3
        for out, count in _STAGES:
            for _ in range(count):
                layers += [nn.Conv2d(channels, out, 3, pad_mode="pad", padding=1, has_bias=False), nn.ReLU()]
                channels = out
            layers.append(nn.MaxPool2d(2, stride=2))
        self.layers = nn.SequentialCell(*layers)
        self.classifier = nn.SequentialCell(
            nn.Dense(512 * 7 * 7, 4096),
            nn.ReLU(),
            nn.Dropout(p=0.5),
            nn.Dense(4096, 4096),
            nn.ReLU(),
            nn.Dropout(p=0.5),
            nn.Dense(4096, num_classes),
        )

    def construct(self, images: Tensor) -> Tensor:
        """Map images (batch, 3, 224, 224) float32, normalised, to logits (batch, num_classes)."""
        x = self.layers(images)
        return self.classifier(x.reshape(x.shape[0], -1))
