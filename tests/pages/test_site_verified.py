"""What a page says was verified, and what it lets a visitor paste."""

from __future__ import annotations

import hashlib
import json

from cards import SHA
from mindhub.pages import Options, build_site
from mindhub.pages.tensors import tree
from mindhub.pages.verified import STEPS
from mindhub.smoke.evidence import LADDER, Stage
from mindhub.smoke.network_runs import NetworkRun
from pages.sites import PORTS, card, dom, measured, record, site, table, texts

UID = "mindhub/2.3/lenet_mnist"


def page_of(*, patch: str = PORTS, with_record=None, **changes) -> bytes:
    records = {UID: with_record} if with_record else {}
    return build_site(site(card(patch), records=records, **changes))[f"{UID}/index.html"]


def data_of(*, patch: str = PORTS, with_record=None, **changes):
    records = {UID: with_record} if with_record else {}
    return json.loads(build_site(site(card(patch), records=records, **changes))[f"{UID}/index.json"])


def network_run(*, made_by="hub", verdict="passed") -> NetworkRun:
    stages = tuple(Stage(name, verdict) for name in ("build", "load", "run", "shape"))
    return NetworkRun(UID, made_by, "2026-02-03", {"contract": "a" * 64}, {"mindspore": "2.10.0"}, stages)


def test_a_card_that_was_never_run_says_why():
    page = page_of(patch="# no smoke")

    assert texts(page, "p", "headline") == ["Not checked here: the card does not say how to run it."]
    assert texts(page, "section", "none")[0]


def test_a_card_whose_stages_all_passed_reaches_the_top():
    page = page_of(with_record=record())

    assert texts(page, "p", "headline") == ["Verified on 2026-02-03 with MindSpore 2.10.0."]
    assert [node.attributes.get("class") for node in dom(page) if node.tag == "li"].count("reached") == 5


def test_a_failure_is_red_and_gives_its_reason():
    page = page_of(with_record=record({"load": "failed", "run": "not run"}))

    assert texts(page, "p", "headline") == ["The last run failed at: load the weights."]
    assert "because load" in texts(page, "p", "remark")
    assert texts(page, "li", "failed")[0].startswith("loads failed")


def test_a_network_that_runs_with_random_weights_is_a_note_and_raises_nothing():
    run = network_run()

    page, data = page_of(network_runs={UID: run}), data_of(network_runs={UID: run})

    assert any("The network runs (with random weights, on 2026-02-03" in text for text in texts(page, "p", "remark"))
    assert data["status"]["step"] == "not-checked"
    assert data["network_run"]["weights"] == "random"


def test_a_network_run_that_failed_or_that_an_author_sent_is_no_note():
    runs = [network_run(made_by="reported"), network_run(verdict="failed")]

    pages = [page_of(network_runs={UID: run}) for run in runs]

    assert [text for page in pages for text in texts(page, "p", "remark") if "random weights" in text] == []


def test_what_did_not_run_is_not_red():
    page = page_of(with_record=record({"fetch": "not run"}))

    assert not [node for node in dom(page) if "bad" in node.attributes.get("class", "").split()]
    assert texts(page, "p", "headline") == ["Not checked here: because fetch."]


def test_a_step_without_its_stage_stays_open_although_a_later_one_was_reached():
    data = data_of(with_record=record({"reproduce": "not run"}))

    assert data["status"]["step"] == "score-re-measured"
    assert data["status"]["reached"] == ["file-checked", "loads", "runs", "score-re-measured"]


def test_a_record_of_something_that_changed_verifies_nothing():
    made = record(outdated="asset")

    page, data = page_of(with_record=made), data_of(with_record=made)

    assert "Changed since the run: asset." in texts(page, "p", "changed")
    assert data["status"]["step"] == "not-checked"
    assert data["usage"]["python"] is None
    assert data["tensors"] is None


def test_a_record_that_an_author_sent_verifies_nothing():
    data = data_of(with_record=record(made_by="reported"))

    assert data["status"]["step"] == "not-checked"
    assert data["status"]["reason"] == "reported"
    assert data["usage"]["python"] is None


def test_the_snippet_calls_the_network_with_what_the_card_declares():
    data = data_of(with_record=record())

    assert data["usage"]["python"] == (
        "import mindhub\nimport mindspore as ms\nimport numpy as np\n\n"
        'network = mindhub.load("mindhub/2.3/lenet_mnist")\n'
        "output = network(ms.Tensor(np.zeros((1, 1, 8, 8), np.float32)))\n"
    )


def test_the_snippet_only_loads_where_running_was_not_verified():
    data = data_of(with_record=record({"run": "not run"}))

    assert data["usage"]["python"] == 'import mindhub\n\nnetwork = mindhub.load("mindhub/2.3/lenet_mnist")\n'


def test_where_nothing_loads_the_file_can_be_fetched_and_checked():
    data = data_of(patch="# no smoke")

    assert data["usage"]["python"] is None
    assert data["files"][0]["usage"] == (
        "curl --fail --location --output lenet.ckpt https://download.mindspore.cn/models/r2.3/lenet.ckpt\n"
        f'echo "{SHA}  lenet.ckpt" | sha256sum --check\n'
    )


def test_a_malformed_sha256_is_no_check_line():
    patch = "asset:\n  - {file-format: ckpt, asset-link: https://x.org/a.ckpt, asset-sha256: '12; rm -rf ~'}\n"

    data, page = data_of(patch=patch), page_of(patch=patch)

    assert "sha256sum" not in data["files"][0]["usage"]
    assert data["files"][0]["sha256"] is None
    assert "no valid sha256" in " ".join(texts(page, "p", "file"))


def test_an_address_cannot_leave_its_word_in_a_shell():
    patch = "asset:\n  - {file-format: ckpt, asset-link: 'https://x.org/a.ckpt?$(id)&x;y', asset-sha256: 'x'}\n"

    assert data_of(patch=patch)["files"][0]["usage"] == (
        "curl --fail --location --output a.ckpt 'https://x.org/a.ckpt?$(id)&x;y'\n"
    )


def test_an_embedded_file_is_offered_where_it_is_what_the_card_claims():
    content = b"weights"
    sha256 = hashlib.sha256(content).hexdigest()
    own = PORTS + f"asset:\n  - {{file-format: ckpt, asset-link: lenet.ckpt, asset-sha256: {sha256}}}\n"

    pages = build_site(site(card(own), embedded={(UID, 0): content}))

    assert pages[f"{UID}/files/lenet.ckpt"] == content
    assert json.loads(pages[f"{UID}/index.json"])["files"][0]["url"] == "files/lenet.ckpt"
    assert json.loads(pages["index.json"])["cards"][0]["files"][0]["url"] == f"{UID}/files/lenet.ckpt"


def test_an_embedded_file_that_differs_is_not_offered():
    own = PORTS + f"asset:\n  - {{file-format: ckpt, asset-link: lenet.ckpt, asset-sha256: {SHA}}}\n"

    pages = build_site(site(card(own), embedded={(UID, 0): b"other"}))

    assert not [path for path in pages if "/files/" in path]
    assert "does not have the size or sha256" in " ".join(texts(pages[f"{UID}/index.html"], "p", "file"))


def test_a_site_that_knows_its_address_gives_whole_commands_for_its_own_files():
    content = b"weights"
    sha256 = hashlib.sha256(content).hexdigest()
    own = PORTS + f"asset:\n  - {{file-format: ckpt, asset-link: lenet.ckpt, asset-sha256: {sha256}}}\n"
    options = Options(languages=("en",), base_url="https://hub.example.org/")

    data = data_of(patch=own, embedded={(UID, 0): content}, options=options)

    assert f"https://hub.example.org/{UID}/files/lenet.ckpt" in data["files"][0]["usage"]


def test_a_measured_score_stands_beside_the_claimed_one():
    page = page_of(with_record=record(measured=(measured(97.48),)))
    cells = texts(page, "td")

    assert "97.5 %" in cells
    assert "97.48 %" in cells
    assert "−0.02 %" in cells


def test_a_score_that_nobody_claimed_is_shown_too():
    page = page_of(patch=PORTS + "# no evaluation", with_record=record(measured=(measured(97.48),)))

    assert "97.48 %" in texts(page, "td")


def test_the_record_is_published_as_it_is():
    made = record()

    pages = build_site(site(card(PORTS), records={UID: made}))

    assert pages[f"{UID}/record.json"] == made.data


def test_stages_show_their_time_and_memory():
    page = page_of(with_record=record())

    assert texts(page, "td").count("0.25 s") == 9
    assert texts(page, "td").count("300 MB") == 9


def test_tensors_with_common_beginnings_stand_together():
    names = [f"bert.layers.{layer}.{part}.weight" for layer in range(3) for part in ("q", "k", "v", "o", "n", "m")]
    made = tree(table(*names, "head.bias").tensors)

    assert [branch.label for branch in made.branches] == ["bert.layers"]
    assert [branch.label for branch in made.branches[0].branches] == ["0", "1", "2"]
    assert (made.count, made.parameters, made.nbytes) == (19, 19 * 6, 19 * 24)
    assert [tensor.name for tensor in made.tensors] == ["head.bias"]


def test_a_name_with_thousands_of_parts_is_still_a_tree():
    deep = ".".join("a" * 5000)

    made = tree(table(*(f"{deep}.{n}" for n in range(40))).tensors)

    assert made.count == 40


def test_a_huge_table_is_left_to_the_json():
    big = table(*(f"t{n}" for n in range(2000)))

    page, data = page_of(with_record=record(table=big)), data_of(with_record=record(table=big))

    assert "There are too many to show here" in texts(page, "main")[0]
    assert len(data["tensors"]["tensors"]) == 2000


def test_the_steps_that_visitors_see_are_those_of_the_ladder():
    assert tuple(step for step, _ in LADDER) == STEPS
