"""The old hub's cards, where they are at hand: nothing stops the build, and pages stay light."""

from __future__ import annotations

import gzip

import pytest

from corpus_folder import FOLDER, needs_corpus
from mindhub.check import check
from mindhub.pages import Options, build_site
from mindhub.pages.disk import gather
from mindhub.source import Registry

pytestmark = needs_corpus


@pytest.fixture(scope="module")
def built():
    report = check([FOLDER], root=FOLDER)
    site, _ = gather(report, Registry(FOLDER), Options(languages=("en",)))
    return site, build_site(site)


def test_every_card_has_its_page(built):
    site, pages = built
    uids = [str(card.uid) for card in site.cards if card.uid]

    assert len(uids) > 2000
    assert [uid for uid in uids if f"{uid}/index.html" not in pages] == []


def test_pages_stay_light(built):
    site, pages = built
    cards = [pages[f"{card.uid}/index.html"] for card in site.cards if card.uid]

    assert len(gzip.compress(pages["index.html"])) < 150_000
    assert len(cards) > 2000
    assert max(len(gzip.compress(content)) for content in cards) < 50_000
