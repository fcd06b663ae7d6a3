"""AS: whether a card's files are named so that they can be fetched and verified."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from mindhub.facts import SHARE_HOSTS
from mindhub.messages import from_data, say
from mindhub.model import Asset, Card, Problem, Severity
from mindhub.rules.addresses import file_name, host_of
from mindhub.rules.base import rule
from mindhub.rules.marks import MARK
from mindhub.text import shorten
from mindhub.vocabulary import fold

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mindhub.facts import Facts

_SHA256 = re.compile(r"[0-9a-f]{64}")
_UPPER_SHA256 = re.compile(r"[0-9A-Fa-f]{64}")
#: Hashes that cards claim where something went wrong: of nothing, and of what servers answer in place of a file.
WELL_KNOWN = {
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855": say("an empty file"),
    "01ba4719c80b6fe911b091a7c05124b64eeece964e09c058ef8f9805daca546b": say("a file with one line break"),
    "d5558cd419c8d46bdc958064cb97f963d1ea793866414c025906ec15033512ed": say("GitHub's answer '404: Not Found'"),
    "f36668ddf22403a332f978057d527cf285b01468bc3431b04094a7bafa6aba59": say("Hugging Face's answer 'Entry not found'"),
    "0" * 64: say("nothing: it is a row of zeros"),
}
_RELEASE_NAME = re.compile(
    r"_v(?P<version>\d{2,4})_(?P<dataset>.+?)_(?P<kind>official|research|community)_(?P<domain>[a-z]+)(?:_|$)"
)


def claimed_files(card: Card) -> list[Asset]:
    """Return the files that the card names; one that is still to be filled in (FD012) claims nothing."""
    return [asset for asset in card.assets if not (asset.link or "").startswith(MARK)]


@rule("AS001", "sha256-malformed", Severity.ERROR)
def sha256_malformed(card: Card, _: Facts) -> Iterator[Problem]:
    """The sha256 is not 64 lower-case hexadecimal digits.

    No file can ever have it, so nobody can verify the download.

    Bad:
        asset:
          - file-format: ckpt
            asset-link: https://download.mindspore.cn/models/r2.3/lenet.ckpt
            asset-sha256: 2c26b46b68ffc68f
            asset-size: 246813
    Good:
        asset:
          - file-format: ckpt
            asset-link: https://download.mindspore.cn/models/r2.3/lenet.ckpt
            asset-sha256: 2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae
            asset-size: 246813
    """
    for asset in claimed_files(card):
        text = asset.sha256
        if text is None or _SHA256.fullmatch(text):
            continue
        path = ("asset", asset.index, "asset-sha256")
        if _UPPER_SHA256.fullmatch(text):
            yield Problem(path, say("the sha256 has upper case; write it in lower case"), fix=text.lower())
            continue
        strange = sorted(set(re.sub(r"[0-9A-Fa-f]", "", text)))
        if len(text) != 64:  # noqa: PLR2004
            what = say("has {count} characters", count=len(text))
        else:
            what = say("has {characters!r} in it", characters="".join(strange))
        remedy = say("a sha256 has 64 lower-case hexadecimal digits")
        yield Problem(path, say("{text!r} {what}; {remedy}", text=shorten(text, 24), what=what, remedy=remedy))


@rule("AS002", "sha256-absent", Severity.ERROR)
def sha256_absent(card: Card, _: Facts) -> Iterator[Problem]:
    """A file has no sha256.

    Whoever downloads it cannot know whether it is the file that was published.

    Bad:
        asset:
          - file-format: ckpt
            asset-link: https://download.mindspore.cn/models/r2.3/lenet.ckpt
            asset-size: 246813
    Good:
        asset:
          - file-format: ckpt
            asset-link: https://download.mindspore.cn/models/r2.3/lenet.ckpt
            asset-sha256: 2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae
            asset-size: 246813
    """
    for asset in claimed_files(card):
        if asset.sha256 is None:
            yield Problem(("asset", asset.index), say("the file has no asset-sha256; 'sha256sum FILE' prints it"))


@rule("AS003", "sha256-well-known", Severity.ERROR)
def sha256_well_known(card: Card, _: Facts) -> Iterator[Problem]:
    """The sha256 is that of an empty file or of another file that is no model.

    Bad:
        asset:
          - file-format: ckpt
            asset-link: https://download.mindspore.cn/models/r2.3/lenet.ckpt
            asset-sha256: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
            asset-size: 246813
    Good:
        asset:
          - file-format: ckpt
            asset-link: https://download.mindspore.cn/models/r2.3/lenet.ckpt
            asset-sha256: 2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae
            asset-size: 246813
    """
    for asset in claimed_files(card):
        what = WELL_KNOWN.get((asset.sha256 or "").lower())
        if what:
            yield Problem(("asset", asset.index, "asset-sha256"), say("this is the sha256 of {what}", what=what))


@rule("AS004", "format-extension", Severity.WARNING)
def format_extension(card: Card, facts: Facts) -> Iterator[Problem]:
    """The file's name does not end as its format's files do.

    Bad:
        asset:
          - file-format: ckpt
            asset-link: https://download.mindspore.cn/models/r2.3/lenet.tar.gz
            asset-sha256: 2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae
            asset-size: 246813
    Good:
        asset:
          - file-format: ckpt
            asset-link: https://download.mindspore.cn/models/r2.3/lenet.ckpt
            asset-sha256: 2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae
            asset-size: 246813
    """
    for asset in claimed_files(card):
        name = file_name(asset.link or "")
        known = facts.vocabulary.find("formats", asset.file_format or "") if name else None
        if known and name and not name.lower().endswith(tuple(known.more["endings"])):
            message = say(
                "{name!r} does not end in {ending!r}, as {format} files do",
                name=shorten(name),
                ending=known.more["endings"][0],
                format=known.name,
            )
            yield Problem(("asset", asset.index, "asset-link"), message)


@rule("AS005", "asset-host", Severity.WARNING)
def asset_host(card: Card, facts: Facts) -> Iterator[Problem]:
    """The file lies on a host that is not known to keep files under unchanging addresses.

    Bad:
        asset:
          - file-format: ckpt
            asset-link: https://files.example.org/lenet.ckpt
            asset-sha256: 2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae
            asset-size: 246813
    Good:
        asset:
          - file-format: ckpt
            asset-link: https://download.mindspore.cn/models/r2.3/lenet.ckpt
            asset-sha256: 2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae
            asset-size: 246813
    """
    for asset in claimed_files(card):
        host = _host(asset)
        if host and host not in facts.hosts and host not in SHARE_HOSTS:
            message = say("{host!r} is not on the list of hosts: {hosts}", host=host, hosts=", ".join(facts.hosts))
            yield Problem(("asset", asset.index, "asset-link"), message)


@rule("AS006", "no-asset", Severity.WARNING)
def no_asset(card: Card, _: Facts) -> Iterator[Problem]:
    """The card names no file.

    There is nothing to download and nothing to verify.

    Bad:
        # no smoke
        asset: []
    Good:
        asset:
          - file-format: ckpt
            asset-link: https://download.mindspore.cn/models/r2.3/lenet.ckpt
            asset-sha256: 2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae
            asset-size: 246813
    """
    if card.front is None:
        return
    if not card.assets:
        yield Problem(("asset",), say("the card names no file: add file-format, asset-link and asset-sha256"))
    for asset in claimed_files(card):
        if asset.link is None:
            yield Problem(("asset", asset.index), say("the asset has no asset-link"))


@rule("AS007", "size-absent", Severity.ADVICE)
def size_absent(card: Card, _: Facts) -> Iterator[Problem]:
    """A file's size is not stated.

    With it a broken download is noticed before it is hashed, and readers know what they are in for.

    Bad:
        asset:
          - file-format: ckpt
            asset-link: https://download.mindspore.cn/models/r2.3/lenet.ckpt
            asset-sha256: 2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae
    Good:
        asset:
          - file-format: ckpt
            asset-link: https://download.mindspore.cn/models/r2.3/lenet.ckpt
            asset-sha256: 2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae
            asset-size: 246813
    """
    for asset in claimed_files(card):
        if asset.link and asset.size is None and not isinstance(_raw(card, asset).get("asset-size"), str):
            yield Problem(("asset", asset.index), say("the size of the file is not stated; add asset-size in bytes"))


@rule("AS008", "asset-name-disagrees", Severity.WARNING)
def asset_name_disagrees(card: Card, facts: Facts) -> Iterator[Problem]:
    """The file's name carries another version, data set or domain than the card.

    Such a name comes from the release pipeline of MindSpore: where it differs, the card was copied from another.

    Bad:
        asset:
          - file-format: ckpt
            asset-link: https://download.mindspore.cn/models/r2.3/lenet_ascend_v230_cifar10_official_cv_acc97.5.ckpt
            asset-sha256: 2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae
            asset-size: 246813
    Good:
        asset:
          - file-format: ckpt
            asset-link: https://download.mindspore.cn/models/r2.3/lenet_ascend_v230_mnist_official_cv_acc97.5.ckpt
            asset-sha256: 2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae
            asset-size: 246813
    """
    for asset in claimed_files(card):
        name = _RELEASE_NAME.search((file_name(asset.link or "") or "").lower())
        if name is None:
            continue
        path = ("asset", asset.index, "asset-link")
        version = (card.mindspore_version or "").replace(".", "")
        if version and not name["version"].startswith(version):
            message = say(
                "the file's name says version 'v{version}', the card {stated!r}",
                version=name["version"],
                stated=card.mindspore_version,
            )
            yield Problem(path, message)
        if card.train_dataset and not _same_dataset(name["dataset"], card.train_dataset, facts):
            message = say(
                "the file's name says data set {dataset!r}, the card {stated!r}",
                dataset=name["dataset"],
                stated=card.train_dataset,
            )
            yield Problem(path, message)
        domain = facts.vocabulary.find("domains", name["domain"])
        stated = facts.vocabulary.module_type(card.module_type or "")[0]
        if domain and stated and domain.name != stated.name:
            message = say(
                "the file's name says domain {domain!r}, the card {stated!r}", domain=name["domain"], stated=stated.name
            )
            yield Problem(path, message)


def _same_dataset(in_name: str, stated: str, facts: Facts) -> bool:
    one, two = facts.vocabulary.find("datasets", in_name), facts.vocabulary.find("datasets", stated)
    if one and two and one.name == two.name:
        return True
    # A name that is part of the other says less, not something else: squad and SQuAD1.1.
    return fold(in_name) in fold(stated) or fold(stated) in fold(in_name)


@rule("AS009", "asset-not-https", Severity.ERROR)
def asset_not_https(card: Card, _: Facts) -> Iterator[Problem]:
    """A file's address is neither https nor a path beside the card.

    Bad:
        asset:
          - file-format: ckpt
            asset-link: http://download.mindspore.cn/models/r2.3/lenet.ckpt
            asset-sha256: 2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae
            asset-size: 246813
    Good:
        asset:
          - file-format: ckpt
            asset-link: https://download.mindspore.cn/models/r2.3/lenet.ckpt
            asset-sha256: 2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae
            asset-size: 246813
    """
    for asset in claimed_files(card):
        for key, link in (("asset-link", asset.link), *(("mirrors", mirror) for mirror in asset.mirrors)):
            if link and not asset.embedded and not (link.lower().startswith("https://") and host_of(link)):
                message = say("{link!r} is not an https address", link=shorten(link))
                yield Problem(("asset", asset.index, key), message)


@rule("AS010", "embedded-asset-missing", Severity.ERROR, source="embedded")
def embedded_asset_missing(card: Card, facts: Facts) -> Iterator[Problem]:
    """A file beside the card is missing, or is not the one that the card describes.

    Bad:
        asset:
          - file-format: ckpt
            asset-link: no_such_file.ckpt
            asset-sha256: 2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae
            asset-size: 246813
    Good:
        asset:
          - file-format: ckpt
            asset-link: https://download.mindspore.cn/models/r2.3/lenet.ckpt
            asset-sha256: 2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae
            asset-size: 246813
    """
    for asset in claimed_files(card):
        found = facts.embedded.get((card.file, asset.link or ""))
        if found is None:
            continue
        if found.problem:
            message = say("{link!r} {fault}", link=asset.link, fault=found.problem)
            yield Problem(("asset", asset.index, "asset-link"), message)
            continue
        if asset.size is not None and asset.size != found.size:
            message = say("the file has {found:,} bytes, the card says {stated:,}", found=found.size, stated=asset.size)
            yield Problem(("asset", asset.index, "asset-size"), message)
        if asset.sha256 is not None and _SHA256.fullmatch(asset.sha256) and asset.sha256 != found.sha256:
            message = say("the file beside the card has the sha256 {found}", found=found.sha256)
            yield Problem(("asset", asset.index, "asset-sha256"), message)


@rule("AS011", "moving-link", Severity.WARNING)
def moving_link(card: Card, facts: Facts) -> Iterator[Problem]:
    """The address is that of a branch, a share page or a redirector, whose bytes may change.

    Bad:
        asset:
          - file-format: ckpt
            asset-link: https://huggingface.co/someone/lenet/resolve/main/lenet.ckpt
            asset-sha256: 2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae
            asset-size: 246813
    Good:
        asset:
          - file-format: ckpt
            asset-link: https://huggingface.co/someone/lenet/resolve/5f2c9b1d4e3a7068b1c2d3e4f5a60718293a4b5c/lenet.ckpt
            asset-sha256: 2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae
            asset-size: 246813
    """
    for asset in claimed_files(card):
        host = _host(asset)
        known = facts.hosts.get(host or "")
        path = ("asset", asset.index, "asset-link")
        if host in SHARE_HOSTS:
            hosts = ", ".join(facts.hosts)
            message = say("{host!r} shows a page instead of the file; use one of {hosts}", host=host, hosts=hosts)
            yield Problem(path, message)
        elif known and any(pattern.search(_path_and_query(asset.link or "")) for pattern in known.moving):
            form = from_data(known.remedy)
            message = say("what lies there may change; the lasting form on {host} is {form}", host=host, form=form)
            yield Problem(path, message)


def _raw(card: Card, asset: Asset) -> dict[str, object]:
    item = (card.front or {})["asset"][asset.index]
    return item if isinstance(item, dict) else {}


def _host(asset: Asset) -> str | None:
    return None if asset.embedded else host_of(asset.link or "")


def _path_and_query(link: str) -> str:
    parts = urlsplit(link)
    return parts.path + ("?" + parts.query if parts.query else "")


RULES = (
    sha256_malformed,
    sha256_absent,
    sha256_well_known,
    format_extension,
    asset_host,
    no_asset,
    size_absent,
    asset_name_disagrees,
    asset_not_https,
    embedded_asset_missing,
    moving_link,
)
