"""Links, headings, code and HTML are found where they stand."""

from __future__ import annotations

from mindhub.body import Body


def found(text: str, kind: str, number: int, start: int = 0) -> str:
    place = Body(b"x" * start + text.encode(), start).place(("body", kind, number))
    assert place is not None
    return text[place[0] - start : place[1] - start]


def test_a_link_is_placed_at_its_target() -> None:
    text = "# T\n\nSee [a](https://a.example/x) and [b](<https://b.example>), ![p](pic.png).\n"

    body = Body(text.encode())

    assert [link.target for link in body.links] == ["https://a.example/x", "https://b.example", "pic.png"]
    assert [link.image for link in body.links] == [False, False, True]
    assert [found(text, "link", n) for n in range(3)] == ["https://a.example/x", "https://b.example", "pic.png"]


def test_the_second_of_two_equal_links_has_its_own_place() -> None:
    text = "[a](https://x.example) [b](https://x.example)\n"

    places = [Body(b"x" * 7 + text.encode(), 7).place(("body", "link", n)) for n in range(2)]

    assert places == [(7 + 4, 7 + 21), (7 + 27, 7 + 44)]


def test_links_in_tables_and_references_are_found() -> None:
    text = "| a |\n|---|\n| [x](https://x.example) |\n\n[y][1]\n\n[1]: https://y.example\n"

    body = Body(text.encode())

    assert [link.target for link in body.links] == ["https://x.example", "https://y.example"]
    assert found(text, "link", 0) == "https://x.example"
    assert found(text, "link", 1) == "[y][1]"


def test_code_is_not_searched_for_links_and_html() -> None:
    text = "```python\n[a](b) <b>x</b>\n```\n\n`<i>` and <b>bold</b>\n"

    body = Body(text.encode())

    assert body.links == ()
    assert [html.text for html in body.html] == ["<b>", "</b>"]
    assert [code.language for code in body.code] == ["python"]
    assert found(text, "html", 1) == "</b>"


def test_a_dangerous_scheme_is_still_seen_as_a_link() -> None:
    assert [link.target for link in Body(b"[x](javascript:alert(1))\n").links] == ["javascript:alert(1)"]
