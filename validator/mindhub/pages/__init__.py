"""The site: cards, findings and verification records in, pages and their JSON twins out."""

from __future__ import annotations

from mindhub.pages.inputs import Options, Record, SiteInput, Theme
from mindhub.pages.site import build_site

__all__ = ["Options", "Record", "SiteInput", "Theme", "build_site"]
