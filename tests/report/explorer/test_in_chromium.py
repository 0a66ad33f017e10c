"""The explorer in headless Chromium, served and opened from a disk."""

import os
import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from misground.records.schemas import STEPS
from misground.report.explorer import export_static
from misground.report.explorer.serving import address, listen
from misground.report.explorer.site import open_site

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-sync",
]
SHOWN = "#picture img:not([hidden])"


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    sync = pytest.importorskip("playwright.sync_api")
    if CHROMIUM is None:
        pytest.skip("no Chromium: install Debian's package chromium, or name it by CHROMIUM")
    with sync.sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def served(mini: Path, runs: Any) -> Iterator[str]:
    pytest.importorskip("uvicorn")
    from misground.report.explorer.serving import make_server  # noqa: PLC0415

    with open_site(mini, runs) as site, listen(0) as listening:
        server, access = make_server(site, print)
        thread = threading.Thread(target=lambda: server.run(sockets=[listening]))
        thread.start()
        yield address(listening) + access.query()
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="module")
def exported(mini: Path, runs: Any, tmp_path_factory: pytest.TempPathFactory) -> str:
    to = tmp_path_factory.mktemp("share") / "explorer"
    export_static(mini, runs, to)
    return (to / "index.html").as_uri()


@pytest.fixture
def visit(browser: Any) -> Iterator[Any]:
    """visit(address, **options): a page. At the end it must have said nothing and asked nobody else."""
    contexts: list[Any] = []
    said: list[str] = []

    def open_page(where: str, **options: Any) -> Any:
        context = browser.new_context(**{"viewport": {"width": 1400, "height": 900}, **options})
        contexts.append(context)
        own = where.partition("#")[0].rpartition("/")[0] + "/"
        page = context.new_page()
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda asked: None if asked.url.startswith(own) else said.append(asked.url))
        page.on("response", lambda got: said.append(f"{got.status} {got.url}") if got.status >= 400 else None)
        page.set_default_timeout(120_000)
        page.goto(where)
        page.wait_for_selector("html[data-ready]")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert said == []


def one(questions: list[dict[str, Any]], **wanted: Any) -> dict[str, Any]:
    return next(row for row in questions if all(row[name] == value for name, value in wanted.items()))


def count(page: Any) -> int:
    return int(page.locator("#count").inner_text().split(" of ")[0].replace(",", ""))


def until(page: Any, expression: str) -> None:
    """Wait for it; Playwright's own way needs eval, which the page forbids."""
    end = time.monotonic() + 120
    while not page.evaluate(expression):
        assert time.monotonic() < end, expression
        time.sleep(0.05)


def opened(page: Any, question: dict[str, Any]) -> None:
    page.locator("#detail .id code", has_text=question["question_id"]).wait_for()


def stack(questions: list[dict[str, Any]]) -> dict[str, Any]:
    wanted = {"dimension": "3d", "prompt": "box", "coordinates": "viewing", "condition": "image"}
    return one(questions, **wanted, task="in_plane")


def test_filters_leave_the_questions_that_pass_and_count_each_run_on_them(
    visit: Any, served: str, questions: list[dict[str, Any]]
) -> None:
    page = visit(served)
    assert count(page) == len(questions)
    page.select_option("[name=plane]", "coronal")
    page.select_option("[name=condition]", "blank")
    left = [row for row in questions if (row["plane"], row["condition"]) == ("coronal", "blank")]
    assert count(page) == len(left) > 0
    until(page, "location.hash.includes('condition=blank')")
    page.click("#clear")
    assert count(page) == len(questions)
    page.select_option("[name='run.0123456789ab']", "wrong")
    wrong = len(range(1, len(questions), 5))  # each fifth, in its second epoch
    assert count(page) == wrong
    assert f"{wrong}/{2 * wrong} correct, 50.0%" in page.locator("#accuracy").inner_text()
    page.select_option("[name='run.0123456789ab']", "cut")
    assert count(page) == len(range(2, len(questions), 5))
    page.select_option("[name='run.0123456789ab']", "some")
    assert count(page) == sum(number % 5 != 0 for number in range(len(questions)))
    page.select_option("[name='run.0123456789ab']", "error")
    errors = len(range(4, len(questions), 5))
    assert f"{errors}/{errors} correct, 100.0%" in page.locator("#accuracy").inner_text()
    page.click("#clear")
    page.fill("[name=structure]", questions[0]["structure_a"].replace("_", " "))
    key = questions[0]["structure_a"]
    assert count(page) == sum(key in (row["structure_a"], row["structure_b"]) for row in questions)
    page.fill("[name=structure]", "no such structure")
    assert count(page) == 0
    assert page.get_by_text("No question matches these filters.").is_visible()


def test_replies_are_listed_by_the_rule_that_read_them_and_the_part_is_marked(
    visit: Any, served: str, questions: list[dict[str, Any]]
) -> None:
    page = visit(served)
    chosen = page.locator("[name='rule.0123456789ab']")
    silent = len(range(2, len(questions), 5)) + len(range(3, len(questions), 5))
    told = [f"answer line ({len(questions)})", f"cannot tell ({silent})"]
    assert chosen.locator("option").all_inner_texts() == ["all", *told]
    assert page.locator("label", has=chosen).inner_text().startswith("read by: ")
    chosen.select_option("cannot tell")
    assert count(page) == silent
    page.click("#clear")
    page.goto(f"{served}#q={questions[2]['question_id']}")
    opened(page, questions[2])
    first, second = page.locator("#detail section.run").first.locator("article").all()
    assert first.locator(".rule").inner_text() == "answer line"
    assert first.locator("mark").inner_text() == "Answer:"
    page.get_by_text("1 more epoch").click()
    assert (second.locator(".rule").inner_text(), second.locator("mark").inner_text()) == (
        "cannot tell",
        "cannot say",
    )


def test_an_address_leads_to_its_question_and_filters_and_back_leads_back(
    visit: Any, served: str, questions: list[dict[str, Any]]
) -> None:
    first, second = questions[3], questions[-1]
    page = visit(f"{served}#q={first['question_id']}&plane={first['plane']}")
    opened(page, first)
    assert page.locator("[name=plane]").input_value() == first["plane"]
    assert page.locator(".tabulator-row.current").count() == 1
    page.locator("#detail blockquote", has_text=first["text"]).wait_for()
    page.goto(f"{served}#q={second['question_id']}")
    opened(page, second)
    page.go_back()
    opened(page, first)
    page.goto(f"{served}#q=nobody<b>")
    page.get_by_text("There is no question nobody<b> in this benchmark.").wait_for()
    page.goto(f"{served}#q={first['question_id']}&run.0123456789ab=constructor&task=__proto__")
    opened(page, first)
    page.get_by_text("does not match the list's filters").wait_for()


def test_the_secret_leaves_the_address_bar(visit: Any, served: str) -> None:
    page = visit(f"{served}#dimension=2d")
    assert "token" in served
    assert page.url == f"{served.partition('?')[0]}#dimension=2d"
    page.reload()
    page.wait_for_selector("[data-ready]")


def test_the_link_of_a_question_can_be_copied(visit: Any, served: str, questions: Any) -> None:
    page = visit(
        f"{served}#q={questions[5]['question_id']}", permissions=["clipboard-read", "clipboard-write"]
    )
    opened(page, questions[5])
    page.click("text=Copy link")
    page.get_by_text("Copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == page.url


def test_a_stack_is_scrubbed_by_wheel_arrows_and_slider(visit: Any, served: str, questions: Any) -> None:
    question = stack(questions)
    page = visit(f"{served}#q={question['question_id']}")
    opened(page, question)
    slider = page.get_by_label("frame", exact=True)
    slider.fill("4")

    def there(frame: int) -> None:
        page.locator("#picture .counter", has_text=f"frame {frame + 1} of").wait_for()
        source = page.locator(SHOWN).get_attribute("src")
        assert source == f"frames/{question['view_id']}/{frame:02d}.png"
        assert page.evaluate(f"document.querySelector('{SHOWN}').decode().then(() => true)")

    there(4)
    page.locator("#detail h2").click()
    page.keyboard.press("ArrowRight")
    there(5)
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    there(3)
    page.locator(SHOWN).hover()
    page.mouse.wheel(0, 120)
    there(6)
    page.mouse.wheel(0, -2000)
    there(0)
    page.get_by_label("next frame").click()
    there(1)


def test_marks_go_off_and_both_coordinates_stand_side_by_side(
    visit: Any, served: str, questions: Any
) -> None:
    question = stack(questions)
    same = {name: question[name] for name in ("item_id", "condition", "terms")}
    bare = one(questions, **same, coordinates="viewing", prompt="none")
    other = one(questions, **same, coordinates="storage", prompt="box")
    page = visit(f"{served}#q={question['question_id']}")
    opened(page, question)

    def views() -> list[str]:
        shown = page.locator(SHOWN)
        return [shown.nth(at).get_attribute("src").split("/")[1] for at in range(shown.count())]

    assert views() == [question["view_id"]]
    page.keyboard.press("c")
    assert views() == [other["view_id"], question["view_id"]]
    page.keyboard.press("ArrowRight")
    assert len({page.locator(SHOWN).nth(at).get_attribute("src")[-6:] for at in (0, 1)}) == 1
    page.get_by_role("button", name="Both coordinates").click()
    page.keyboard.press("m")
    assert views() == [bare["view_id"]]
    page.keyboard.press("o")
    assert page.locator("#picture svg rect").count() + page.locator("#picture svg circle").count() >= 1
    page.keyboard.press("m")
    assert views() == [question["view_id"]]


def test_keys_step_through_the_list_search_and_explain(visit: Any, served: str, questions: Any) -> None:
    page = visit(f"{served}#dimension=2d")
    left = [row for row in questions if row["dimension"] == "2d"]
    page.keyboard.press("j")
    opened(page, left[0])
    page.keyboard.press("j")
    page.keyboard.press("ArrowDown")
    opened(page, left[2])
    page.keyboard.press("k")
    opened(page, left[1])
    page.keyboard.press("/")
    page.keyboard.type(left[7]["question_id"])
    assert count(page) == 1
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    opened(page, left[7])
    page.keyboard.press("?")
    assert page.get_by_text("next and previous frame of a stack").is_visible()
    page.keyboard.press("Escape")
    assert not page.get_by_text("next and previous frame of a stack").is_visible()


def test_levels_of_a_factor_and_cells_of_the_grid_lead_to_the_items_other_questions(
    visit: Any, served: str, questions: Any
) -> None:
    question = stack(questions)
    page = visit(f"{served}#q={question['question_id']}")
    opened(page, question)
    page.get_by_role("group", name="prompt").get_by_role("button", name="point").click()
    same = {name: question[name] for name in ("item_id", "condition", "terms", "coordinates")}
    opened(page, one(questions, **same, prompt="point"))
    page.get_by_role("group", name="condition").get_by_role("button", name="text only").click()
    page.get_by_text("This question was asked without a picture.").wait_for()
    assert page.locator(".grid .cell").count() == 48  # 24 questions, two runs
    page.get_by_role("row", name="storage, mask").locator(".cell").first.click()
    opened(page, one(questions, **{**same, "coordinates": "storage", "terms": "anatomical"}, prompt="mask"))


def test_the_evidence_says_p_and_millimetres(visit: Any, served: str, questions: Any) -> None:
    question = stack(questions)
    page = visit(f"{served}#q={question['question_id']}")
    opened(page, question)
    told = page.locator(".evidence").inner_text()
    assert f"{question['evidence']['p_a_greater']:.3f}: the probability that a voxel of" in told
    assert f"{abs(question['evidence']['delta_mm']):.1f} mm: the centroid of" in told
    page.goto(f"{served}#q={one(questions, task='slice_direction')['question_id']}")
    page.get_by_text("the plane and the slice order themselves").wait_for()


def test_hostile_completions_show_as_text(visit: Any, served: str, questions: Any) -> None:
    page = visit(f"{served}#q={questions[0]['question_id']}")
    opened(page, questions[0])
    second = page.locator(".run").nth(1)
    assert second.locator("h3").inner_text() == "<i>two</i>⟨U+202E⟩, default"
    text = second.locator("pre").inner_text()
    assert text.startswith("<script>window.broken = 1</script><img src=x onerror=")
    assert second.locator("mark").inner_text() == questions[0]["answer"]
    assert page.evaluate("window.broken") is None
    assert page.locator("#detail img[src=x], #detail pre b, #detail i").count() == 0

    page.goto(f"{served}#q={questions[1]['question_id']}")
    opened(page, questions[1])
    assert "␛[31mred␛[0m␇␀" in page.locator(".run").nth(1).locator("pre").inner_text()

    page.goto(f"{served}#q={questions[2]['question_id']}")
    opened(page, questions[2])
    turned = page.locator(".run").nth(1).locator("pre")
    assert "⟨U+202E⟩evil⟨U+202C⟩" in turned.inner_text()
    assert turned.evaluate(
        "(pre) => [getComputedStyle(pre).direction, getComputedStyle(pre).unicodeBidi]"
    ) == [
        "rtl",
        "isolate",
    ]
    assert turned.locator("mark").inner_text() == questions[2]["answer"]

    page.goto(f"{served}#q={questions[3]['question_id']}")
    opened(page, questions[3])
    long = page.locator(".run").nth(1)
    length = 5 * 209_715 + len("\nAnswer: ") + len(questions[3]["answer"])
    assert f"{length:,} characters" in long.inner_text()
    assert f"{length - 20_000:,} characters omitted" in long.inner_text()
    assert long.locator("mark").inner_text() == questions[3]["answer"]


def test_an_error_shows_its_reason_and_no_answer(visit: Any, served: str, questions: Any) -> None:
    page = visit(f"{served}#q={questions[4]['question_id']}")
    opened(page, questions[4])
    page.get_by_text("1 more epoch").first.click()
    failed = page.locator(".run").first.locator("article").nth(1)
    assert "error" in failed.inner_text()
    assert "<b>timeout</b>" in failed.inner_text()
    assert failed.locator("pre").count() == 0


def test_a_narrow_dark_window_holds_everything(visit: Any, served: str, questions: Any) -> None:
    question = stack(questions)
    size = {"width": 380, "height": 760}
    page = visit(f"{served}#q={question['question_id']}", viewport=size, color_scheme="dark")
    opened(page, question)
    page.keyboard.press("c")
    assert page.evaluate("document.documentElement.scrollWidth") <= 380
    listed, shown = page.locator("#list").bounding_box(), page.locator("#picture").bounding_box()
    assert listed["y"] + listed["height"] <= shown["y"]
    assert shown["width"] <= 380
    red, green, blue = page.evaluate(
        "getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)"
    )
    assert max(red, green, blue) < 60
    end = time.monotonic() + 120
    while page.evaluate("document.getElementById('detail').getBoundingClientRect().top") >= 400:
        assert time.monotonic() < end
        # While it scrolls into sight, the list may draw this row anew between press and release.
        page.locator(".tabulator-row").last.click()
        time.sleep(1)


def test_the_export_opens_from_a_disk_with_everything_in_it(
    visit: Any, exported: str, questions: Any
) -> None:
    question = stack(questions)
    page = visit(f"{exported}#q={question['question_id']}&dimension=3d")
    opened(page, question)
    assert count(page) == sum(row["dimension"] == "3d" for row in questions)
    page.keyboard.press("ArrowRight")
    assert page.evaluate(f"document.querySelector('{SHOWN}').decode().then(() => true)")
    page.select_option("[name=plane]", "axial")
    assert count(page) == sum((row["dimension"], row["plane"]) == ("3d", "axial") for row in questions)
    page.keyboard.press("j")
    until(page, f"!location.hash.includes('{question['question_id']}')")
    assert page.locator(".run").count() == 2


def test_runs_of_one_model_are_told_apart_and_one_without_rows_says_so(
    visit: Any, mini: Path, questions: Any, reply: Any, write_results: Any, tmp_path: Path
) -> None:
    for decoding in ("default", "semantic"):
        rows = [reply(question, run_id=decoding, decoding=decoding) for question in questions[:5]]
        write_results(tmp_path / decoding, rows)
    write_results(tmp_path / "nothing", [])
    paths = [tmp_path / name for name in ("default", "semantic", "nothing")]
    export_static(mini, paths, tmp_path / "out")
    page = visit(f"{(tmp_path / 'out' / 'index.html').as_uri()}#q={questions[0]['question_id']}")
    opened(page, questions[0])
    heads = page.locator(".tabulator-col bdi").all_inner_texts()
    assert heads == ["default one", "semantic one", "nothing"]
    assert page.locator("#accuracy li").all_inner_texts() == [
        "maker/one, default: 5/5 correct, 100.0%",
        "maker/one, semantic: 5/5 correct, 100.0%",
        "nothing: the results file has no rows",
    ]
    page.get_by_text("the results file of this run has no rows").wait_for()


def test_an_incomplete_folder_says_so_in_words(browser: Any, exported: str, tmp_path: Path) -> None:
    part = tmp_path / "part"
    shutil.copytree(Path(exported.removeprefix("file://")).parent, part)
    shutil.rmtree(part / "data" / "detail")
    page = browser.new_page()
    page.goto((part / "index.html").as_uri())
    page.wait_for_selector("html[data-ready]")
    page.keyboard.press("j")
    page.get_by_text("This question cannot be shown").wait_for()
    (part / "data" / "questions.js").unlink()
    page.reload()
    page.get_by_text("data/questions.js cannot be read: the folder is incomplete.").wait_for()
    page.close()


def test_flipped_words_tell_their_candidates_to_the_pointer_and_to_the_keyboard(
    visit: Any, mini: Path, questions: list[dict[str, Any]], reply: Any, write_results: Any, tmp_path: Path
) -> None:
    text = "It is\u202e superior.\nAnswer: superior"
    span = [text.rindex("superior"), len(text)]
    rows = [reply(questions[0], completion=text, span=span, decoding="semantic", arm="semantic")]
    folder = write_results(tmp_path / "run", rows)
    common = {"run_id": rows[0]["run_id"], "question_id": questions[0]["question_id"], "epoch": 1, "arm": "x"}
    tokens = ["<img src=x onerror='window.broken = 1'>", " superior", "\x1b[31m"]
    candidates = [{"id": at, "token": token, "p": 0.5, "score": 0.25} for at, token in enumerate(tokens)]
    flip = {**dict.fromkeys(STEPS.names), **common, "position": 9, "start": span[0], "end": span[0] + 5}
    flip |= {"status": "fired", "kind": "antonym", "choice_id": 1, "choice": tokens[1], "greedy_id": 0}
    flip |= {"greedy": tokens[0], "candidates": candidates}
    left = flip | {"position": 2, "start": 0, "end": 2, "status": "deferred", "kind": None}
    gone = left | {"position": 12, "start": None, "end": None}
    pq.write_table(pa.Table.from_pylist([left, flip, gone], STEPS), folder / "steps.parquet")
    export_static(mini, [folder], tmp_path / "explorer")
    page = visit(f"{(tmp_path / 'explorer' / 'index.html').as_uri()}#q={questions[0]['question_id']}")
    opened(page, questions[0])
    assert page.locator("#detail pre").inner_text() == text.replace("\u202e", "⟨U+202E⟩")
    flipped, deferred = page.locator("mark.step"), page.locator("span.step.deferred")
    assert (flipped.inner_text(), deferred.inner_text()) == ("super", "It")
    assert flipped.get_attribute("class") == "step antonym"
    assert "1 flipped, 2 deferred steps kept" in page.locator("#detail .facts").inner_text()
    tip = page.locator(".tip")
    assert tip.is_hidden()
    flipped.hover()
    told = tip.inner_text()
    for part in ("flipped to the opposite", "took ␣superior", "<img␣src=x", "␛[31m", "0.5000", "0.2500"):
        assert part in told
    assert page.locator(".tip tr.taken").inner_text().split() == ["taken", "␣superior", "0.5000", "0.2500"]
    page.mouse.move(0, 0)
    assert tip.is_hidden()
    page.locator("#detail pre").focus()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "step antonym"
    assert page.evaluate("document.activeElement.getAttribute('aria-describedby')") == tip.get_attribute("id")
    assert tip.is_visible()
    page.keyboard.press("Escape")
    assert tip.is_hidden()
    deferred.hover()
    assert tip.inner_text().startswith("left to the sampler: took")
    page.get_by_text("1 step without a place in the text").click()
    assert "token 12" in page.locator(".elsewhere").inner_text()
    assert page.evaluate("window.broken") is None
