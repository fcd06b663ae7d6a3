"""What the pages of a site share, each part computed when the first page asks for it, and once."""

from __future__ import annotations

from collections import Counter, defaultdict
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from mindhub.pages import api, facets, guard, listing, others, schema_keys, seen, shards, usage
from mindhub.pages.atlas import Atlas
from mindhub.pages.entries import models, models_among, newest_first
from mindhub.pages.faces import Faces
from mindhub.pages.heirs import Heirs, take_but
from mindhub.pages.inputs import SiteError
from mindhub.pages.moved import Moved, Surroundings
from mindhub.pages.panels import files_of
from mindhub.pages.place import Place, folder
from mindhub.pages.prose import Bodies
from mindhub.pages.templates import Renderer
from mindhub.pages.words import Words

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from mindhub.pages.entries import Entry
    from mindhub.pages.facets import Value
    from mindhub.pages.inputs import SiteInput
    from mindhub.pages.kept import Kept
    from mindhub.pages.listing import Listed, Outline, RowBook, Shell
    from mindhub.pages.panels import File
    from mindhub.rules.base import Rule

Groups = tuple[tuple["Entry", ...], ...]
#: Searches names and labels; a static file, where the build found it.
MINISEARCH = "minisearch.js"
#: Searches texts; made after the pages, where Pagefind is installed.
READER = "pagefind/pagefind.js"


class Language:
    """One language's part of the site: where it lies, and what makes pages in it."""

    def __init__(self, site: SiteInput, words: Words, place: Place) -> None:
        self.words, self.place = words, place
        self._site = site

    @cached_property
    def renderer(self) -> Renderer:
        """The templates in this language."""
        return Renderer(self._site.theme, self.words)

    @cached_property
    def book(self) -> RowBook:
        """The rows of listings, each made once."""
        return listing.RowBook(self.place, self.renderer.piece("_row.html"))

    def shells(self, listed: Listed, engines: listing.Engines) -> tuple[Shell, ...]:
        """Return the pages of a listing without their rows."""
        return tuple(listing.shells(self.place, listed, engines, partial(self.page, "listing.html")))

    def page(self, template: str, made: tuple[str, object]) -> tuple[str, bytes]:
        """Return a page's path below the site and its bytes."""
        path, view = made
        return self.place.prefix + path, self.renderer.render(template, view)


class Shared:
    """A site's input, and everything that more than one page is made of."""

    def __init__(
        self,
        site: SiteInput,
        found: tuple[Entry, ...],
        kept: Kept | None = None,
        *,
        lasting: bool = False,
        before: Shared | None = None,
    ) -> None:
        """Take the cards in the order of the listing; raises SiteError where two have one name, or data has no page.

        `before` is that of an earlier state of the same site, with the same theme and options, and `lasting`: what it
        knows of cards that are still the same is not found out again.
        """
        guard.check(site.theme.schemas)
        twice = [uid for uid, count in Counter(entry.uid for entry in found).items() if count > 1]
        if twice:
            raise SiteError(f"two cards are called {twice[0]!r}; give every card once")
        self.site, self.found, self.kept = site, found, kept
        self.lasting = lasting  #: what is made once stays to the end, for a later state of the site
        self.bodies = Bodies()
        self.faces = Faces(self)
        self._files: dict[str, tuple[File, ...]] = {}
        self._fragments: dict[str, bytes] = {}
        self._outlines: dict[str, tuple[bytes, Outline]] = {}
        self._written: dict[str, Mapping[str, str | None]] = {}
        self.lists_stay = False  #: of all cards, in the same order, lists say what they said before
        self._then: Surroundings | None = None
        if before is not None:
            self._take(before)

    def _take(self, before: Shared) -> None:
        now = {entry.uid: entry for entry in self.found}
        gone = [entry for entry in before.found if now.get(entry.uid) is not entry]
        for mine, theirs in (
            (self._files, before._files), (self._fragments, before._fragments), (self._written, before._written),
        ):  # fmt: skip
            take_but(mine, theirs, (entry.uid for entry in gone))
        self.faces.take(before.faces, gone)
        self.table.take(before.table, gone)
        self._then = Surroundings(before)
        # All are made of what is the same, or looked at with what they are made of.
        self._outlines = before._outlines
        self.languages, self.naming_rules = before.languages, before.naming_rules
        for language in self.languages:
            language.book.drop(gone)
        if self._reads_as(before):
            self.lists_stay = True
            self._take_lists(before, [(then, now[then.uid]) for then in gone])
        if now.keys() == before.names.keys():
            rewritten = {key for then in gone for key, _ in then.written.items() ^ now[then.uid].written.items()}
            self.atlas.known_keys = {key.name: key for key in before.atlas.keys if key.name not in rewritten}

    def _reads_as(self, before: Shared) -> bool:
        """Say whether lists say of all cards, in the same order, what they said before: only texts have changed."""
        if len(self.found) != len(before.found):
            return False
        return all(
            now is then or (now.uid == then.uid and self.faces.brief(now) == before.faces.brief(then))
            for now, then in zip(self.found, before.found, strict=True)
        )

    def _take_lists(self, before: Shared, changed: Sequence[tuple[Entry, Entry]]) -> None:
        """Take over what is made of what lists say, with each card that changed in the place of its former self."""
        self.names, self.by_model = before.names, before.by_model
        self.by_card, self.listed = before.by_card, before.listed
        heirs = Heirs(changed)
        models, having, naming = {**before.by_identity}, {**before.having}, {**before.naming}
        for _, entry in changed:
            models[entry.identity] = heirs.among(models[entry.identity])
            for key in facets.keys(self.table.of((entry,))):
                having[key] = heirs.among(having[key])
            for sha256 in filter(None, map(usage.digest, entry.card.assets)):
                naming[sha256] = [(heirs.of(other), at) for other, at in naming[sha256]]
        self.groups, self.by_identity, self.having, self.naming = heirs.groups(before.groups), models, having, naming
        self.atlas.take(before.atlas, heirs)

    def unmoved(self, entry: Entry) -> bool:
        """Say whether a card and its surroundings are what they were, so that its pages need no look."""
        return self.faces.among(entry.uid) is not None and self.moved is not None and not self.moved.touches(entry)

    @cached_property
    def still(self) -> frozenset[str]:
        """The cards whose pages are as they were; none where a card came or went, which any text may link."""
        if self._then is None or self.names.keys() != self._then.names.keys():
            return frozenset()
        return frozenset(entry.uid for entry in self.found if self.unmoved(entry))

    @cached_property
    def moved(self) -> Moved | None:
        """What of the surroundings of cards is not what it was before; None where there was nothing before."""
        return Moved(Surroundings(self), self._then) if self._then else None

    @cached_property
    def naming_rules(self) -> Mapping[str, tuple[Rule, ...]]:
        """The rules whose text or bad example names a key of the schema, by key."""
        return schema_keys.naming(self.site.theme.schemas.get(schema_keys.SCHEMA), self.site.rules)

    @cached_property
    def groups(self) -> Groups:
        """The models: the cards of each, its newest first."""
        return models(self.found)

    @cached_property
    def by_identity(self) -> Mapping[tuple[str, str], tuple[Entry, ...]]:
        """The same by what the cards of a model share."""
        return {group[0].identity: group for group in map(newest_first, self.groups)}

    @cached_property
    def names(self) -> Mapping[str, str]:
        """What each card is called, by uid."""
        return {entry.uid: entry.name for entry in self.found}

    @cached_property
    def table(self) -> facets.Table:
        """The values of all filters."""
        return facets.Table()

    def values(self, groups: Groups, kinds: Sequence[str] = facets.KINDS) -> dict[str, tuple[Value, ...]]:
        """Return the values of filters that some models have."""
        return facets.values(groups, self.site.vocabulary, self.table, kinds)

    @cached_property
    def by_model(self) -> Mapping[str, tuple[Value, ...]]:
        """The values of all filters, counted by model."""
        return self.values(self.groups)

    @cached_property
    def by_card(self) -> Mapping[str, tuple[Value, ...]]:
        """The same with every card counted by itself."""
        return self.values(tuple((entry,) for entry in self.found))

    @cached_property
    def having(self) -> Mapping[tuple[str, str], tuple[Entry, ...]]:
        """The cards that have a value of a filter, by kind and slug, in the order of the listing."""
        found: dict[tuple[str, str], list[Entry]] = defaultdict(list)
        for entry in self.found:
            for key in facets.keys(self.table.of((entry,))):
                found[key].append(entry)
        return {key: tuple(these) for key, these in found.items()}

    @cached_property
    def listed(self) -> Mapping[str, frozenset[str]]:
        """The values that have a listing, by kind of filter."""
        return {kind: frozenset(value.named.slug for value in found) for kind, found in self.by_model.items()}

    @cached_property
    def by_rule(self) -> Mapping[str, Sequence[str]]:
        """The cards that have a rule's fault, by its code."""
        return others.cards_by_rule(self.site.findings, self.names)

    @cached_property
    def atlas(self) -> Atlas:
        """What the pages beside listings and cards share."""
        return Atlas(self.site, self.found, self.groups, self.naming_rules, self.written)

    @cached_property
    def _embedded(self) -> Mapping[str, dict[int, bytes]]:
        embedded: dict[str, dict[int, bytes]] = defaultdict(dict)
        for (uid, index), content in self.site.embedded.items():
            embedded[uid][index] = content
        return embedded

    @cached_property
    def _figures(self) -> Mapping[str, dict[str, bytes]]:
        found: dict[str, dict[str, bytes]] = defaultdict(dict)
        for (uid, name), content in self.site.figures.items():
            found[uid][name] = content
        return dict(found)

    def figures(self, entry: Entry) -> Mapping[str, bytes]:
        """Return a card's pictures by name."""
        return self._figures.get(entry.uid, {})

    def files(self, entry: Entry) -> tuple[File, ...]:
        """Return a card's files."""
        found = self._files.get(entry.uid)
        if found is None:
            found = self._files[entry.uid] = files_of(entry, self._embedded.get(entry.uid, {}), self.site.reached)
        return found

    def summary(self, entry: Entry) -> dict[str, Any]:
        """Return a card as listings hold it."""
        return api.summary(entry, self.files(entry), self.site.options)

    def fragment(self, entry: Entry) -> bytes:
        """Return a card as the JSON of listings holds it; as bytes, for one Chinese character doubles a text."""
        found = self._fragments.get(entry.uid)
        if found is None:
            found = self._fragments[entry.uid] = api.fragment(self.summary(entry)).encode("utf-8", "replace")
        return found

    def written(self, entry: Entry) -> Mapping[str, str | None]:
        """Return the keys that a card writes, with their plain values."""
        found = self._written.get(entry.uid)
        if found is None:
            found = entry.written
            if self.lasting:
                self._written[entry.uid] = found
        return found

    def forget_rows(self) -> None:
        """Drop the rows of listings, which no other page shows; whoever asks later gets them made again."""
        for language in self.languages if not self.lasting else ():
            language.book.forget()

    def forget_fragments(self) -> None:
        """Drop the cards as JSON, once all files that hold several of them were made."""
        if not self.lasting:
            self._fragments.clear()

    @cached_property
    def naming(self) -> Mapping[str, Sequence[tuple[Entry, int]]]:
        """The cards that name a file, by its sha256, each with the file's place in the card."""
        return shards.naming(self.found)

    @cached_property
    def languages(self) -> tuple[Language, ...]:
        """The languages of the site, the one at its root first; raises SiteError for one without strings."""
        options, strings = self.site.options, self.site.theme.strings
        for language in options.languages:
            if language not in strings:
                known = ", ".join(sorted(strings))
                raise SiteError(f"no strings for the language {language!r}; there are {known}")
        words = [Words(language, strings[language], self.site.vocabulary) for language in options.languages]
        names = {each.language: each("language.name") for each in words}
        return tuple(
            Language(self.site, each, Place(each, folder(each.language, options), options, names)) for each in words
        )

    @cached_property
    def codes(self) -> frozenset[str]:
        """Rules that have a page."""
        return frozenset(rule.code for rule in self.site.rules)

    @cached_property
    def common(self) -> Mapping[str, bytes]:
        """Digests of what all pages of a language share, by the language's folder."""
        return {each.place.prefix: seen.common(self.site, each.place) for each in self.languages}

    @cached_property
    def engines(self) -> listing.Engines:
        """Where the scripts of the search are."""
        names = f"static/{MINISEARCH}" if MINISEARCH in self.site.theme.static else ""
        return listing.Engines(names, READER if self.site.fulltext else "")

    def models_with(self, value: Value) -> Groups:
        """Return the models that have a value of a filter, each with the cards that have it."""
        these = self.having[value.kind, value.named.slug]
        return models_among({entry.identity: self.by_identity[entry.identity] for entry in these}.values(), these)

    def outline(self, name: str, sees: Callable[[], bytes], make: Callable[[], Outline]) -> Outline:
        """Return a listing without its models, as it is kept where it was made of the same."""
        if not self.lasting:
            return make()
        kept, seen = self._outlines.get(name), sees()
        if kept is None or kept[0] != seen:
            kept = self._outlines[name] = seen, make()
        return kept[1]
