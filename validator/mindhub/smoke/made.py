"""Data that are made here from a seed, for kinds of models for which no library ships any.

They are small worlds with known laws, so that what a model could reach at best is known too. Nothing in them was
measured, and no score on them says anything about the real thing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mindhub.smoke.graphs import blocks, karate
from mindhub.smoke.reviews import reviews
from mindhub.smoke.samples import Dice, Samples, rounded

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

#: Hours of `load`: of the past that is given, of the future that is asked for, between two samples; share held out.
PAST, FUTURE, STRIDE, _HOURS, _TRAINED = 168, 24, 6, 365 * 24, 0.8

USERS, ITEMS, _TASTES, _RATINGS = 150, 100, 3, 4500

#: The columns of `clicks` with the number of values that each has.
FIELDS = {"user": 60, "hour": 24, "device": 3, "category": 12, "advert": 40, "place": 5}
_IMPRESSIONS = 20_000

RATE, LENGTH, _SIGNALS = 8000, 1024, 150
SOUNDS = ("tone", "rising", "falling", "major", "minor", "tremolo", "clicks", "noise")


def load() -> Samples:
    """Return 1,426 weeks of an hourly load, in MW, that begin every six hours; the 24 hours after each.

    The load of a year: 60 MW, a yearly and a daily wave (two harmonics of each day, deeper and later at weekends),
    and weather as a first-order autoregression (0.97 from hour to hour, deviation 3 MW), with noise of 1 MW. The
    last fifth of the year is held out; a sample that has hours in both parts is in neither.
    """
    import numpy as np

    dice, hours = Dice(1), np.arange(_HOURS)
    day, weekend = hours % 24, (hours // 24) % 7 >= 5  # noqa: PLR2004 - Saturday and Sunday
    shifted = 2 * np.pi * (day - np.where(weekend, 2.0, 0.0)) / 24
    daily = np.where(weekend, 0.6, 1.0) * (-12 * np.cos(shifted) - 5 * np.cos(2 * shifted + 0.5))
    yearly = 8 * np.cos(2 * np.pi * hours / _HOURS)
    weather, pushes = np.zeros(_HOURS), dice.normal(_HOURS) * 3 * np.sqrt(1 - 0.97**2)
    for hour in range(1, _HOURS):
        weather[hour] = 0.97 * weather[hour - 1] + pushes[hour]
    series = rounded(60 - 6 * weekend + daily + yearly + weather + dice.normal(_HOURS))
    starts = np.arange(0, _HOURS - PAST - FUTURE + 1, STRIDE)
    windows = np.stack([series[start : start + PAST + FUTURE] for start in starts])
    border = int(_HOURS * _TRAINED)
    return Samples(
        windows[:, :PAST],
        windows[:, PAST:],
        "float32",
        held_out=np.flatnonzero(starts >= border),
        left_out=np.flatnonzero((starts < border) & (starts + PAST + FUTURE > border)),
    )


def ratings() -> Samples:
    """Return 4,500 pairs of one of 150 users and one of 100 items; the user's rating of the item, 1 to 5.

    A rating is 3.3, how kind the user and how good the item is (deviations 0.4 and 0.5), how well three tastes of
    the user match the item's, and noise (deviation 0.35), rounded to whole stars. Each pair is rated once at most.
    """
    import numpy as np

    dice = Dice(2)
    kindness, quality = dice.normal(USERS) * 0.4, dice.normal(ITEMS) * 0.5
    tastes, traits = dice.normal(USERS, _TASTES), dice.normal(ITEMS, _TASTES)
    chosen = np.sort(np.argsort(dice.uniform(USERS * ITEMS), kind="stable")[:_RATINGS])
    user, item = chosen // ITEMS, chosen % ITEMS
    match = (tastes[user] * traits[item]).sum(axis=1) * 0.45
    stars = 3.3 + kindness[user] + quality[item] + match + dice.normal(_RATINGS) * 0.35
    return Samples(np.stack([user, item], axis=1), np.clip(np.round(stars), 1, 5), "float32")


def clicks() -> Samples:
    """Return 20,000 views of an advert, each as six numbers in the order of FIELDS; 1 where it was clicked, else 0.

    The log-odds of a click are -1.6, a part for each value of each column (deviation 0.3), a part for each pair of
    user and category (0.9) and of hour and device (0.5), and 0.35 less for each place further down.
    """
    import numpy as np

    dice = Dice(3)
    columns = {name: dice.below(size, _IMPRESSIONS) for name, size in FIELDS.items()}
    odds = -1.6 - 0.35 * columns["place"]
    for name, size in FIELDS.items():
        odds = odds + (dice.normal(size) * 0.3)[columns[name]]
    for one, other, deviation in (("user", "category", 0.9), ("hour", "device", 0.5)):
        pairs = dice.normal(FIELDS[one], FIELDS[other]) * deviation
        odds = odds + pairs[columns[one], columns[other]]
    clicked = dice.uniform(_IMPRESSIONS) < 1 / (1 + np.exp(-odds))
    return Samples(np.stack([columns[name] for name in FIELDS], axis=1), clicked.astype("int64"), "int32")


def tones() -> Samples:
    """Return 1,200 signals of 1,024 values at 8 kHz, between -1 and 1; which of the eight SOUNDS each is.

    Pitch (200 to 800 Hz), phases, loudness and the speed of glides, tremolos and clicks are drawn for each signal;
    white noise is added, between 3 and 20 dB below the sound.
    """
    import numpy as np

    dice, time = Dice(4), np.arange(LENGTH) / RATE
    kinds = np.repeat(np.arange(len(SOUNDS)), _SIGNALS)
    signals = np.empty((len(kinds), LENGTH))
    for place, kind in enumerate(kinds):
        pitch, speed, loudness, distance = dice.uniform(4)
        phases, noise = dice.uniform(3), dice.normal(LENGTH)
        low = 200 * 4**pitch
        glide = low * (0.2 + speed)
        shapes = {
            "tone": ((low, 0.0),),
            "rising": ((low, glide * RATE / LENGTH),),
            "falling": ((low + glide, -glide * RATE / LENGTH),),
            "major": ((low, 0.0), (low * 5 / 4, 0.0), (low * 3 / 2, 0.0)),
            "minor": ((low, 0.0), (low * 6 / 5, 0.0), (low * 3 / 2, 0.0)),
            "tremolo": ((low, 0.0),),
        }.get(SOUNDS[kind], ())
        sound = np.zeros(LENGTH)
        for (start, slope), phase in zip(shapes, phases, strict=False):
            sound += np.sin(2 * np.pi * (start * time + slope * time**2 / 2 + phase))
        if SOUNDS[kind] == "tremolo":
            sound *= 0.5 + 0.5 * np.sin(2 * np.pi * ((15 + 25 * speed) * time + phases[1]))
        if SOUNDS[kind] == "clicks":
            every = int(80 + 160 * speed)
            sound[int(phases[0] * every) :: every] = 1
        if SOUNDS[kind] == "noise":
            sound = noise
        else:
            power = np.sqrt(np.mean(sound**2))
            sound = sound / power + noise * 10 ** (-(3 + 17 * distance) / 20)
        signals[place] = sound / np.abs(sound).max() * (0.2 + 0.8 * loudness)
    return Samples(rounded(signals), kinds, "int32")


#: Under the names that follow `made:`.
LOADERS: Mapping[str, Callable[[], Samples]] = {
    "blocks": blocks,
    "clicks": clicks,
    "karate": karate,
    "load": load,
    "ratings": ratings,
    "reviews": reviews,
    "tones": tones,
}
