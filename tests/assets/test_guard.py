"""Which addresses may be contacted."""

from __future__ import annotations

import pickle
import re
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mindhub.assets.guard import Guard, Refused, Target, forbidden


def answering(*addresses: str) -> Guard:
    return Guard(resolver=lambda *_: addresses)


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("0.0.0.0", "unspecified"),
        ("10.1.2.3", "private"),
        ("100.64.0.1", "shared by a carrier"),
        ("127.0.0.1", "loopback"),
        ("127.255.255.254", "loopback"),
        ("169.254.169.254", "link-local"),
        ("172.31.255.255", "private"),
        ("192.0.0.8", "for protocols"),
        ("192.0.2.1", "for documentation"),
        ("192.168.1.1", "private"),
        ("198.18.0.1", "for benchmarks"),
        ("224.0.0.1", "multicast"),
        ("239.255.255.250", "multicast"),
        ("240.0.0.1", "reserved"),
        ("255.255.255.255", "reserved"),
        ("::", "unspecified"),
        ("::1", "loopback"),
        ("::ffff:8.8.8.8", "IPv4 mapped into IPv6"),
        ("::127.0.0.1", "IPv4 inside IPv6"),
        ("64:ff9b::7f00:1", "NAT64"),
        ("64:ff9b:1::1", "NAT64"),
        ("100::1", "reserved"),
        ("2001::1", "Teredo"),
        ("2001:20::1", "for protocols"),
        ("2001:db8::1", "for documentation"),
        ("2002:7f00:1::", "6to4"),
        ("4000::1", "reserved"),
        ("fd00::1", "private"),
        ("fe80::1", "link-local"),
        ("fe80::1%eth0", "link-local"),
        ("fec0::1", "site-local"),
        ("ff02::1", "multicast"),
        ("localhost", "not an IP address"),
    ],
)
def test_an_address_that_is_not_public_is_forbidden(address, reason):
    assert forbidden(address) == reason


@pytest.mark.parametrize("address", ["8.8.8.8", "1.1.1.1", "223.255.255.254", "2606:4700::1111", "2a00:1450::1"])
def test_a_public_address_is_not_forbidden(address):
    assert forbidden(address) is None


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://example.org/a", "it is not https"),
        ("ftp://example.org/a", "the scheme is 'ftp'"),
        ("file:///etc/passwd", "the scheme is 'file'"),
        ("//example.org/a", "the scheme is ''"),
        ("https://", "'' is not a host"),
        ("https://user@example.org/", "user name or password"),
        ("https://example.org:pass@127.0.0.1/", "user name or password"),
        ("https://@example.org/", "user name or password"),
        ("https://example.org\\@127.0.0.1/", "backslashes"),
        ("https://example.org/a b", "spaces"),
        ("https://example.org/\nHost: x", "control characters"),
        (" https://example.org/", "spaces"),
        ("https://example.org:99999/", "malformed"),
        ("https://[::1", "malformed"),
        ("https://a..b/", "malformed"),
        ("https://exam%70le.org/", "is not a host"),
        ("https://127.0.0.1/", "127.0.0.1 is loopback"),
        ("https://[::1]/", "::1 is loopback"),
        ("https://[::ffff:10.0.0.1]/", "IPv4 mapped into IPv6"),
        ("https://169.254.169.254/latest/meta-data", "link-local"),
    ],
)
def test_a_link_that_no_reader_should_follow_is_refused_as_a_fault(url, reason):
    with pytest.raises(Refused, match=r"not contacted") as caught:
        answering("8.8.8.8").check(url)

    assert reason in caught.value.reason
    assert caught.value.fault


def test_a_link_is_taken_apart_once():
    target = Guard().check("https://Example.ORG.:8443/模型/a%20b.ckpt?v=1&x=ü#top")

    assert target == Target(
        "https://Example.ORG.:8443/模型/a%20b.ckpt?v=1&x=ü#top",
        "https",
        "example.org",
        8443,
        "/%E6%A8%A1%E5%9E%8B/a%20b.ckpt?v=1&x=%C3%BC",
    )
    assert (target.place, target.authority) == ("example.org:8443", "example.org:8443")


def test_an_international_host_becomes_its_ascii_form():
    assert Guard().check("https://bücher.example/").host == "xn--bcher-kva.example"


@pytest.mark.parametrize(
    ("url", "authority"),
    [
        ("https://example.org/", "example.org"),
        ("https://example.org:443/", "example.org"),
        ("https://example.org:80/", "example.org:80"),
        ("https://[2606:4700::1111]/", "[2606:4700::1111]"),
        ("https://[2606:4700::1111]:8443/", "[2606:4700::1111]:8443"),
    ],
)
def test_the_host_header_has_the_port_only_where_it_is_unusual(url, authority):
    assert Guard().check(url).authority == authority


@pytest.mark.parametrize("host", ["internal.example", "2130706433", "0x7f.1", "127.1"])
def test_a_name_that_resolves_to_a_private_address_is_refused_as_no_fault_of_the_card(host):
    guard = answering("8.8.8.8", "127.0.0.1")

    with pytest.raises(Refused, match=r"resolves to 127\.0\.0\.1, which is loopback") as caught:
        guard.addresses(guard.check(f"https://{host}/"))

    assert not caught.value.fault


def test_a_name_without_addresses_is_an_os_error():
    guard = answering()

    with pytest.raises(socket.gaierror):
        guard.addresses(guard.check("https://example.org/"))


@pytest.mark.parametrize("entry", ["hub.example", "HUB.example", "hub.example:8000"])
def test_an_allowed_host_may_be_private_and_without_https(entry):
    guard = Guard(frozenset({entry}), resolver=lambda *_: ("10.0.0.1",))

    assert guard.addresses(guard.check("http://hub.example:8000/a")) == ("10.0.0.1",)


@pytest.mark.parametrize("entry", ["::1", "[::1]", "[::1]:8000"])
def test_an_ipv6_address_is_allowed_with_and_without_brackets(entry):
    assert Guard(frozenset({entry})).check("http://[::1]:8000/a").host == "::1"


@pytest.mark.parametrize("entry", ["hub.example:8001", "example", "hub.example.", "*.example", "sub.hub.example"])
def test_an_entry_allows_nothing_but_itself(entry):
    with pytest.raises(Refused):
        Guard(frozenset({entry})).check("http://hub.example:8000/a")


def test_a_refusal_survives_pickling():
    error = Refused("https://a/", "a reason", fault=False)

    again = pickle.loads(pickle.dumps(error))

    assert (str(again), again.fault) == (str(error), False)


@given(st.text(max_size=40) | st.from_regex(r"https://[\w\[\]:.%@\\/-]{0,30}"))
def test_any_text_is_a_checked_target_or_refused(url):
    try:
        host = Guard().check(url).host
    except Refused:
        host = None

    assert host is None or host == host.lower()


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("https://10.0.0.1/", None),
        ("https://127.0.0.1/", None),
        ("https://[fd00::1]/", None),
        ("https://169.254.169.254/latest/meta-data", "169.254.169.254 is link-local"),
        ("https://0.0.0.0/", "0.0.0.0 is unspecified"),
        ("https://224.0.0.1/", "224.0.0.1 is multicast"),
        ("https://[::ffff:10.0.0.1]/", "::ffff:10.0.0.1 is IPv4 mapped into IPv6"),
        ("http://10.0.0.1/", "it is not https"),
    ],
)
def test_private_addresses_are_allowed_on_demand_and_link_local_ones_never(url, reason):
    guard = Guard(allow_private=True)

    if reason is None:
        assert guard.addresses(guard.check(url)) == (guard.check(url).host,)
    else:
        with pytest.raises(Refused, match=re.escape(reason)):
            guard.check(url)


def test_a_name_may_lead_to_a_private_address_on_demand():
    guard = Guard(allow_private=True, resolver=lambda *_: ("192.168.1.1",))

    assert guard.addresses(guard.check("https://mirror.example/")) == ("192.168.1.1",)


def test_http_is_looked_at_on_demand_and_its_addresses_are_checked_all_the_same():
    guard = Guard(allow_http=True, resolver=lambda *_: ("10.0.0.1",))

    with pytest.raises(Refused, match=re.escape("resolves to 10.0.0.1, which is private")):
        guard.addresses(guard.check("http://mirror.example/"))
