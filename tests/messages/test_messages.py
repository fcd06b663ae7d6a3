"""Messages: texts that can be said in another language."""

from __future__ import annotations

import copy
import json
import pickle

from mindhub.messages import Message, from_data, many, say, translate


def test_a_message_is_its_english_text() -> None:
    message = say("{text!r} is not an SPDX identifier{hint}", text="Apache2.0", hint="")

    assert message == "'Apache2.0' is not an SPDX identifier"
    assert json.dumps(message) == '''"'Apache2.0' is not an SPDX identifier"'''
    assert {message: 1}["'Apache2.0' is not an SPDX identifier"] == 1


def test_a_message_is_said_in_chinese_with_what_is_quoted_unchanged() -> None:
    hint = say("; did you mean {name!r}?", name="Apache-2.0")
    message = say("{text!r} is not an SPDX identifier{hint}", text="Apache2.0", hint=hint)

    assert translate(message, "zh") == "'Apache2.0' 不是 SPDX 标识符；是否应为 'Apache-2.0'？"


def test_a_translated_message_is_known_in_english() -> None:
    hint = say("; did you mean {name!r}?", name="Apache-2.0")
    message = say("{text!r} is not an SPDX identifier{hint}", text="Apache2.0", hint=hint)

    assert translate(translate(message, "zh"), "en") == message


def test_braces_in_a_value_are_text() -> None:
    message = say("{text!r} lies in the future", text="{text} {0} {x!r}")

    assert message == "'{text} {0} {x!r}' lies in the future"
    assert translate(message, "zh") == "'{text} {0} {x!r}' 是将来的日期"


def test_values_that_are_equal_but_read_differently_are_told_apart() -> None:
    said = [say("values nested more than {limit} deep", limit=limit) for limit in (1, True, 1.0)]

    assert said == [f"values nested more than {limit} deep" for limit in (1, True, 1.0)]


def test_what_has_no_translation_stays_english() -> None:
    assert translate("plain", "zh") == "plain"
    assert translate(from_data("said nowhere"), "zh") == "said nowhere"
    assert translate(say("an empty file"), "xx") == "an empty file"


def test_a_number_chooses_between_two_sentences() -> None:
    assert [many(count, "{count:,} card", "{count:,} cards") for count in (1, 2)] == ["1 card", "2 cards"]


def test_a_message_survives_copying_and_pickling() -> None:
    message = say("{key!r} is no key of a card{hint}", key="a", hint=say("; did you mean {name!r}?", name="b"))

    for twin in (pickle.loads(pickle.dumps(message)), copy.deepcopy(message)):
        assert type(twin) is Message
        assert twin == message
        assert translate(twin, "zh") == translate(message, "zh") != message
