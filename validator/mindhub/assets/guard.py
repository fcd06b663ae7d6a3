"""Which addresses may be contacted: the links of a card are a stranger's choice."""

from __future__ import annotations

import ipaddress
import re
import socket
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


# `ipaddress.is_global` of Python 3.11 lets NAT64, 6to4, multicast and 192.0.0.8 pass, so the table is our own.
# Source: the IANA special-purpose address registries for IPv4 and IPv6.
_SPECIAL = tuple(
    (ipaddress.ip_network(network), name)
    for network, name in (
        ("0.0.0.0/8", "unspecified"),
        ("10.0.0.0/8", "private"),
        ("100.64.0.0/10", "shared by a carrier"),
        ("127.0.0.0/8", "loopback"),
        ("169.254.0.0/16", "link-local"),
        ("172.16.0.0/12", "private"),
        ("192.0.0.0/24", "for protocols"),
        ("192.0.2.0/24", "for documentation"),
        ("192.31.196.0/24", "for protocols"),
        ("192.52.193.0/24", "for protocols"),
        ("192.88.99.0/24", "a 6to4 relay"),
        ("192.168.0.0/16", "private"),
        ("192.175.48.0/24", "for protocols"),
        ("198.18.0.0/15", "for benchmarks"),
        ("198.51.100.0/24", "for documentation"),
        ("203.0.113.0/24", "for documentation"),
        ("224.0.0.0/4", "multicast"),
        ("240.0.0.0/4", "reserved"),
        ("::/128", "unspecified"),
        ("::1/128", "loopback"),
        ("::ffff:0:0/96", "IPv4 mapped into IPv6"),
        ("::/96", "IPv4 inside IPv6"),
        ("64:ff9b::/96", "NAT64"),
        ("64:ff9b:1::/48", "NAT64"),
        ("2001::/32", "Teredo"),
        ("2001::/23", "for protocols"),
        ("2001:db8::/32", "for documentation"),
        ("2002::/16", "6to4"),
        ("3fff::/20", "for documentation"),
        ("fc00::/7", "private"),
        ("fe80::/10", "link-local"),
        ("fec0::/10", "site-local"),
        ("ff00::/8", "multicast"),
    )
)
_PRIVATE = frozenset({"private", "loopback"})
_GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")  # all that IPv6 has given out so far

_PORTS = {"http": 80, "https": 443}
_HOST = re.compile(r"[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?")
_INVISIBLE = re.compile(r"[\x00-\x20\x7f\\]")
_KEPT = "!$%&'()*+,/:;=?@[]~"  # what a path or a query may hold as it is


class Refused(Exception):  # noqa: N818 - a refusal is a decision, not an error of ours
    """Say why an address is not contacted.

    `fault` is true where the link itself is at fault for every reader, false where only this network's answer is (a
    name that resolves to a private address here).
    """

    def __init__(self, url: str, reason: str, fault: bool = True) -> None:
        super().__init__(url, reason, fault)
        self.url = url
        self.reason = reason
        self.fault = fault

    def __str__(self) -> str:
        return f"{self.url}: not contacted: {self.reason}"


@dataclass(frozen=True, slots=True)
class Target:
    """An address taken apart once, so that what is checked and what is contacted cannot differ."""

    url: str
    scheme: str
    host: str  #: lower case, without brackets and final dot
    port: int
    path: str  #: with the query; what the request line asks for

    @property
    def place(self) -> str:
        """Return `host:port`, an IPv6 address in brackets."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def authority(self) -> str:
        """Return what the Host header says: the port only where it is not the scheme's own."""
        return self.place.removesuffix(f":{_PORTS[self.scheme]}")


def resolve(host: str, port: int) -> tuple[str, ...]:
    """Ask the system for the addresses of a host; raises `socket.gaierror` where it has none."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))


def forbidden(address: str) -> str | None:
    """Say in a word or two why an IP address is not a public one; None where it is.

    Anything that is not plainly a unicast address of the public internet is refused, also what leads there through
    translation (NAT64, 6to4, Teredo, IPv4-mapped), because it can lead elsewhere too.
    """
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return "not an IP address"
    for network, name in _SPECIAL:
        if ip in network:
            return name
    if ip.version == 6 and ip not in _GLOBAL_UNICAST:  # noqa: PLR2004
        return "reserved"
    return None if ip.is_global else "reserved"


@dataclass(frozen=True, slots=True)
class Guard:
    """The policy: https to public addresses, and whatever is allowed by name.

    `allow_hosts` holds `host` or `host:port` entries (an IPv6 address in brackets); such a host may be contacted over
    http too and at any address. Nothing is taken from the environment.
    """

    allow_hosts: frozenset[str] = frozenset()
    allow_private: bool = False  #: private and loopback addresses too, of any host; never the link-local ones
    allow_http: bool = False  #: http too, for looking whether a link is alive; never for a file
    resolver: Callable[[str, int], Sequence[str]] = field(default=resolve)
    cafile: str | None = None  #: certificates to believe (PEM) instead of certifi's

    def allows(self, target: Target) -> bool:
        """Say whether the host is allowed by name."""
        allowed = {entry.lower() for entry in self.allow_hosts}
        host = f"[{target.host}]" if ":" in target.host else target.host
        return not allowed.isdisjoint({target.host, host, target.place})

    def check(self, url: str) -> Target:
        """Take an address apart and judge what can be judged without the network; raises Refused."""
        target = _target(url)
        if self.allows(target):
            return target
        if target.scheme != "https" and not self.allow_http:
            raise Refused(url, "it is not https, and its host is not allowed by name")
        if _is_address(target.host) and (reason := self._forbidden(target.host)):
            raise Refused(url, f"{target.host} is {reason}")
        return target

    def addresses(self, target: Target) -> tuple[str, ...]:
        """Resolve a checked target; every address must be public, unless the host is allowed by name.

        One bad address refuses them all: a public name has no reason to mix. Raises Refused, or OSError where the name
        does not resolve.
        """
        found = tuple(self.resolver(target.host, target.port))
        if not found:
            raise socket.gaierror(socket.EAI_NONAME, f"no addresses for {target.host}")
        if not self.allows(target):
            for address in found:
                if reason := self._forbidden(address):
                    raise Refused(target.url, f"{target.host} resolves to {address}, which is {reason}", fault=False)
        return found

    def _forbidden(self, address: str) -> str | None:
        reason = forbidden(address)
        # Link-local stays closed: clouds keep the credentials of their machines there (169.254.169.254).
        return None if self.allow_private and reason in _PRIVATE else reason


def _target(url: str) -> Target:
    """Take an address apart; Refused where two readers could read it differently."""
    if _INVISIBLE.search(url):
        raise Refused(url, "it holds spaces, control characters or backslashes")
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").removesuffix("."), parts.port
        host = host if ":" in host else host.encode("idna").decode().lower()
    except ValueError as error:
        raise Refused(url, f"it is malformed ({error})") from error
    if parts.scheme not in _PORTS:
        raise Refused(url, f"the scheme is {parts.scheme!r}, not https")
    if "@" in parts.netloc:
        raise Refused(url, "it holds a user name or password")
    if not (_is_address(host) if ":" in host else _HOST.fullmatch(host)):
        raise Refused(url, f"{host!r} is not a host")
    path = quote(parts.path or "/", safe=_KEPT) + (f"?{quote(parts.query, safe=_KEPT)}" if parts.query else "")
    return Target(url, parts.scheme, host, _PORTS[parts.scheme] if port is None else port, path)


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
