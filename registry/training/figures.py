"""The pictures on the cards, drawn from the published checkpoints and the held-out samples.

    python registry/training/figures.py lenet_digits --out registry/mindhub/2.10

The same checkpoint gives the same picture. Most are SVG, written here without a library; photographs are PNG. Each
has a light ground of its own, so that it can be read on a dark page as well.
"""

from __future__ import annotations

import argparse
import importlib
import struct
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import mindspore
import numpy as np
from common import REGISTRY, outputs
from mindspore import Tensor

from mindhub.smoke.datasets import load_split
from mindhub.smoke.graphs import blocks_adjacency, karate_adjacency
from mindhub.smoke.loading import build
from mindhub.smoke.made import SOUNDS
from mindhub.smoke.samples import Dice

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from common import Recipe
    from mindspore import nn
    from numpy.typing import NDArray

    from mindhub.smoke.datasets import Split

    Figure = tuple[str, bytes]  # how the file's name ends, and what it holds
    Drawing = Callable[[nn.Cell, Split], Figure]

INK, SOFT, BLUE, RED = "#333333", "#8a8a8a", "#1f5fa8", "#c2410c"


def svg(width: int, height: int, parts: Sequence[str]) -> Figure:
    """Return an SVG of this size in pixels, with a light ground."""
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'role="img" font-family="sans-serif" font-size="12">'
    )
    ground = f'<rect width="{width}" height="{height}" rx="6" fill="#fafafa"/>'
    return "svg", ("\n".join([head, ground, *parts, "</svg>"]) + "\n").encode()


def text(x: float, y: float, words: str, *, anchor: str = "middle", fill: str = INK) -> str:
    """Return a line of text whose baseline stands at y."""
    return f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}" fill="{fill}">{words}</text>'


def line(points: NDArray[Any], colour: str, dashes: str = "") -> str:
    """Return a curve through points (count, 2)."""
    dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
    joined = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return f'<polyline points="{joined}" fill="none" stroke="{colour}" stroke-width="1.5"{dashed}/>'


def confusion(labels: Sequence[str], left: int = 40) -> Drawing:
    """Draw how often each class (row) got each answer (column)."""

    def draw(network: nn.Cell, test: Split) -> Figure:
        answers, size = outputs(network, test).argmax(axis=1), 30
        counts = np.zeros((len(labels), len(labels)), dtype=int)
        np.add.at(counts, (test.targets, answers), 1)
        parts = [text(left + size * len(labels) / 2, 14, "answer")]
        for row, label in enumerate(labels):
            y = 36 + size * row
            parts += [text(left - 8, y + 20, label, anchor="end"), text(left + size * row + 15, 30, label[:3])]
            for column, count in enumerate(counts[row]):
                share = count / counts[row].sum()
                colour = BLUE if row == column else RED
                box = f'x="{left + size * column}" y="{y}" width="{size - 1}" height="{size - 1}"'
                opacity = 0.15 + 0.85 * share if count else 0.04
                parts.append(f'<rect {box} fill="{colour}" fill-opacity="{opacity:.2f}"/>')
                if count:
                    dark = opacity > 0.6  # noqa: PLR2004 - white on a dark cell
                    parts.append(text(left + size * column + 14, y + 20, str(count), fill="#ffffff" if dark else INK))
        return svg(left + size * len(labels) + 12, 48 + size * len(labels), parts)

    return draw


def pixels(image: NDArray[Any], left: float, top: float, side: float) -> list[str]:
    """Return a grey image with values from 0 (white) to 1 (black), one path for each of 16 shades."""
    shades = np.clip(np.round(image * 15), 0, 15).astype(int)
    parts = []
    for shade in range(1, 16):
        cells = np.argwhere(shades == shade)
        if len(cells):
            path = "".join(f"M{left + side * x:g} {top + side * y:g}h{side:g}v{side:g}h-{side:g}z" for y, x in cells)
            grey = 255 - 16 * shade
            parts.append(f'<path d="{path}" fill="#{grey:02x}{grey:02x}{grey:02x}"/>')
    return parts


def rebuilt(network: nn.Cell, test: Split) -> Figure:
    """Draw one test image of each digit above what the network makes of it."""
    labels = load_split("sklearn:digits", "test").targets
    chosen = [int(np.flatnonzero(labels == digit)[0]) for digit in range(10)]
    made = network(Tensor(test.inputs[0][chosen])).asnumpy()
    parts = [text(8, 36, "given", anchor="start"), text(8, 88, "rebuilt", anchor="start")]
    for place, (given, new) in enumerate(zip(test.inputs[0][chosen], made, strict=True)):
        left = 60 + 48 * place
        parts += [*pixels(given.reshape(8, 8), left, 12, 5), *pixels(new.reshape(8, 8), left, 64, 5)]
    return svg(550, 116, parts)


def invented(network: nn.Cell, _test: Split) -> Figure:
    """Draw thirty images from random codes."""
    codes = Dice(0).normal(30, 6).astype(np.float32)
    images = network.decode(Tensor(codes)).asnumpy().reshape(-1, 8, 8)
    parts: list[str] = []
    for place, image in enumerate(images):
        parts += pixels(image, 12 + 46 * (place % 10), 12 + 46 * (place // 10), 5)
    return svg(478, 156, parts)


def forecast(network: nn.Cell, test: Split) -> Figure:
    """Draw the last two days of the past, what followed and what was forecast, for three samples."""
    parts = [text(20, 20, "past", anchor="start", fill=SOFT), text(70, 20, "what followed", anchor="start", fill=BLUE)]
    parts.append(text(170, 20, "forecast", anchor="start", fill=RED))
    low, high = 30, 90

    def placed(values: NDArray[Any], left: int, start: int) -> NDArray[Any]:
        """Return the points of hourly values, from the hour `start` on."""
        hours = left + 2.4 * (start + np.arange(len(values)))
        return np.stack([hours, 200 - 160 * (values - low) / (high - low)], axis=1)

    for place, sample in enumerate((10, 120, 230)):
        past, after = test.inputs[0][sample][-48:], test.targets[sample]
        made = network(Tensor(test.inputs[0][sample : sample + 1])).asnumpy()[0]
        left = 30 + 190 * place
        parts += [line(placed(past, left, 0), SOFT), line(placed(after, left, 48), BLUE)]
        parts.append(line(placed(made, left, 48), RED, "4 2"))
        parts.append(text(left + 86, 218, "72 hours"))
    parts += [text(26, 44, "90", anchor="end"), text(26, 200, "30", anchor="end"), text(600, 20, "MW", anchor="end")]
    return svg(614, 228, parts)


def scatter(low: float, high: float, unit: str) -> Drawing:
    """Draw predictions over measurements."""

    def draw(network: nn.Cell, test: Split) -> Figure:
        made, size = outputs(network, test)[:, 0], 260
        spread = Dice(0).uniform(len(made)) - 0.5 if len(np.unique(test.targets)) < 10 else 0  # noqa: PLR2004 - stars
        x = 44 + size * (test.targets + 0.6 * spread - low) / (high - low)
        y = 12 + size * (1 - (np.clip(made, low, high) - low) / (high - low))
        dots = "".join(f"M{a - 1:.0f} {b - 1:.0f}h2v2h-2z" for a, b in zip(x, y, strict=True))
        parts = [line(np.array([[44, 12 + size], [44 + size, 12]]), SOFT, "3 3")]
        parts.append(f'<path d="{dots}" fill="{BLUE}" fill-opacity="0.7"/>')
        parts += [text(44, size + 28, f"{low:g}"), text(44 + size, size + 28, f"{high:g}")]
        parts += [text(38, 12 + size, f"{low:g}", anchor="end"), text(38, 20, f"{high:g}", anchor="end")]
        parts += [text(174, size + 28, f"true {unit}"), text(60, 24, f"predicted {unit}", anchor="start")]
        return svg(size + 64, size + 40, parts)

    return draw


def roc(network: nn.Cell, test: Split) -> Figure:
    """Draw the share of clicks found against the share of false alarms."""
    order = np.argsort(-outputs(network, test)[:, 0], kind="stable")
    clicked, size = test.targets[order], 240
    found, alarms = np.cumsum(clicked) / clicked.sum(), np.cumsum(1 - clicked) / (1 - clicked).sum()
    some = np.linspace(0, len(order) - 1, 120).astype(int)
    curve = np.stack([40 + size * alarms[some], 12 + size * (1 - found[some])], axis=1)
    parts = [line(np.array([[40, 12 + size], [40 + size, 12]]), SOFT, "3 3"), line(curve, BLUE)]
    parts += [text(40 + size / 2, size + 28, "false alarms"), text(52, 26, "clicks found", anchor="start")]
    parts += [text(34, 20, "1", anchor="end"), text(34, 12 + size, "0", anchor="end"), text(40 + size, size + 28, "1")]
    return svg(size + 56, size + 38, parts)


def club(network: nn.Cell, _test: Split) -> Figure:
    """Draw the friendships, and the answer for each member; places are the slowest vibrations of the graph."""
    adjacency = karate_adjacency()
    degrees = adjacency.sum(axis=1)
    values, vectors = np.linalg.eigh(np.diag(degrees**-0.5) @ adjacency @ np.diag(degrees**-0.5))
    axes = vectors[:, np.argsort(-values)[1:3]] / np.sqrt(degrees)[:, None]
    axes = axes * np.sign(axes[0])
    # Members with the same friends share a place but for noise, which differs between processors: by number then.
    ranks = axes.round(9).argsort(axis=0, kind="stable").argsort(axis=0) / (len(axes) - 1)
    places = 24 + (0.5 * ranks + 0.5 * (axes - axes.min(axis=0)) / np.ptp(axes, axis=0)) * np.array([440, 240])
    answers = network(Tensor(np.arange(34, dtype=np.int32)[:, None])).asnumpy().argmax(axis=1)
    truth = load_split("made:karate", "all").targets
    edges = "".join(
        f"M{places[a][0]:.0f} {places[a][1]:.0f}L{places[b][0]:.0f} {places[b][1]:.0f}"
        for a, b in np.argwhere(np.triu(adjacency))
    )
    parts = [f'<path d="{edges}" fill="none" stroke="{SOFT}" stroke-width="0.7"/>']
    for member, (x, y) in enumerate(places):
        wrong = f' stroke="{INK}" stroke-width="3"' if answers[member] != truth[member] else ""
        colour = RED if answers[member] else BLUE
        parts.append(f'<circle cx="{x:.0f}" cy="{y:.0f}" r="9" fill="{colour}"{wrong}/>')
        parts.append(text(round(x), round(y) + 4, str(member), fill="#ffffff"))
    return svg(488, 288, parts)


def matrix(network: nn.Cell, _test: Split) -> Figure:
    """Draw the edges as a matrix, nodes ordered by the answers."""
    answers = network(Tensor(np.arange(160, dtype=np.int32)[:, None])).asnumpy().argmax(axis=1)
    order = np.argsort(answers, kind="stable")
    dots = "".join(f"M{12 + 2 * x} {12 + 2 * y}h2v2h-2z" for y, x in np.argwhere(blocks_adjacency()[order][:, order]))
    parts, start = [f'<path d="{dots}" fill="{BLUE}"/>'], 0
    for count in np.bincount(answers):
        box = f'x="{12 + 2 * start}" y="{12 + 2 * start}" width="{2 * count}" height="{2 * count}"'
        parts.append(f'<rect {box} fill="none" stroke="{RED}"/>')
        start += int(count)
    return svg(344, 344, parts)


def photographs(network: nn.Cell, test: Split) -> Figure:
    """Draw pieces of photographs in three rows: given, what the network made, and as they are."""
    # Every tenth of the fifty pieces in which most is to be seen, those of both photographs among them.
    chosen = np.sort(np.argsort(-test.targets.std(axis=(1, 2, 3)), kind="stable")[:50:10])
    given = test.inputs[0][chosen]
    made = network(Tensor(given)).asnumpy()
    by = made.shape[-1] // given.shape[-1]
    rows = [given.repeat(by, axis=2).repeat(by, axis=3), made, test.targets[chosen]]
    gap, side = 4, made.shape[-1]
    sheet = np.ones((3 * (side + gap) + gap, len(chosen) * (side + gap) + gap))
    for row, images in enumerate(rows):
        for column, image in enumerate(images):
            top, left = gap + row * (side + gap), gap + column * (side + gap)
            sheet[top : top + side, left : left + side] = image[0]
    return "png", png(np.round(np.clip(sheet, 0, 1) * 31).repeat(2, axis=0).repeat(2, axis=1) * (255 / 31))


def png(grey: NDArray[Any]) -> bytes:
    """Return grey values (height, width) from 0 to 255 as PNG (ISO/IEC 15948)."""
    height, width = grey.shape

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + row.tobytes() for row in grey.astype(np.uint8))
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    body = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


DIGITS = confusion("0123456789")
DRAWINGS: dict[str, Drawing] = {
    "autoencoder_digits": rebuilt,
    "cnn_tones": confusion(SOUNDS, left=70),
    "dncnn_mini_photos": photographs,
    "espcn_mini_photos": photographs,
    "fm_clicks": roc,
    "gcn_blocks": matrix,
    "gcn_karate": club,
    "gru_digits": DIGITS,
    "gru_load": forecast,
    "lenet_digits": DIGITS,
    "lenet_small_digits": DIGITS,
    "linear_load": forecast,
    "mf_ratings": scatter(0.5, 5.5, "stars"),
    "mlp_diabetes": scatter(0, 350, "progression"),
    "mlp_digits": DIGITS,
    "resnet_mini_digits": DIGITS,
    "softmax_iris": confusion(("setosa", "versicolor", "virginica"), left=80),
    "vae_digits": invented,
    "wide_deep_clicks": roc,
}


def draw(recipe: Recipe, folder: Path) -> Path:
    """Draw the picture of a card from its checkpoint in a folder, and write it there."""
    network = build(REGISTRY, recipe.network)
    mindspore.load_param_into_net(network, mindspore.load_checkpoint(str(folder / f"{recipe.name}.ckpt")))
    network.set_train(False)
    ending, content = DRAWINGS[recipe.name](network, load_split(recipe.dataset, "test", recipe.preprocess))
    path = folder / f"{recipe.name}.{ending}"
    path.write_bytes(content)
    return path


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Draw the pictures of cards from their checkpoints.")
    parser.add_argument("names", nargs="+", help="of the cards, such as lenet_digits")
    parser.add_argument("--out", type=Path, required=True, help="the folder of the checkpoints")
    arguments = parser.parse_args()
    mindspore.set_device("CPU")
    for name in arguments.names:
        draw(importlib.import_module(name).RECIPE, arguments.out)
