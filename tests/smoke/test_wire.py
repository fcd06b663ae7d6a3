from __future__ import annotations

import pytest

np = pytest.importorskip("numpy")

from hypothesis import given  # noqa: E402
from hypothesis import strategies as st  # noqa: E402

from mindhub.smoke import wire  # noqa: E402
from mindhub.smoke.wire import Decoder, WireError, encode  # noqa: E402

pytestmark = pytest.mark.mindspore

ARRAYS = [np.arange(6, dtype=np.float16).reshape(2, 3), np.array(True), np.zeros((0, 4), np.int64)]


def test_messages_survive_in_any_pieces():
    data = encode("t", "ran", {"mode": "graph"}, ARRAYS) + encode("t", "done", {})
    decoder = Decoder("t")

    messages = [message for place in range(len(data)) for message in decoder.feed(data[place : place + 1])]

    assert [message.kind for message in messages] == ["ran", "done"]
    assert messages[0].values == {"mode": "graph"}
    assert [array.dtype for array in messages[0].arrays] == [array.dtype for array in ARRAYS]
    assert [array.tolist() for array in messages[0].arrays] == [array.tolist() for array in ARRAYS]


def test_another_token_is_a_forgery():
    with pytest.raises(WireError, match="did not write") as caught:
        list(Decoder("t").feed(encode("u", "done", {})))

    assert caught.value.kind == "forged"


@pytest.mark.parametrize(
    "data",
    [
        b"hello",
        b"MHF2" + bytes(16),
        b"MHF1" + (1 << 40).to_bytes(8, "little") + bytes(8),
        b"MHF1" + bytes(8) + (1 << 40).to_bytes(8, "little"),
        encode("t", "ran", {}, ARRAYS[:1]).replace(b'"shape": [2, 3]', b'"shape": [2, 9]'),
        encode("t", "ran", {}, ARRAYS[:1]).replace(b'"shape": [2, 3]', b'"shape": [1, 3]'),
        encode("t", "ran", {}, ARRAYS[:1]).replace(b'"float16"', b'"object1"'),
        encode("t", "ran", {}).replace(b'"values": {}', b'"values": []'),
    ],
)
def test_what_is_no_message_is_garbled(data):
    with pytest.raises(WireError) as caught:
        list(Decoder("t").feed(data))

    assert caught.value.kind == "garbled"


@given(st.binary(max_size=200))
def test_any_bytes_give_messages_or_a_wire_error(data):
    decoder = Decoder("t")

    try:
        messages = list(decoder.feed(b"MHF1" + data))
    except WireError:
        return

    assert messages == []


def test_arrays_over_the_limit_are_not_sent(monkeypatch):
    monkeypatch.setattr(wire, "MAX_BODY", 10)

    with pytest.raises(ValueError, match="12 bytes of arrays are more than the 10"):
        encode("t", "ran", {}, ARRAYS[:1])
