"""Running an evaluation, or one for each arm, and telling what came of it."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from misground.cli.outcomes import outcome_table, tell_errors
from misground.cli.progress import EvalProgress
from misground.cli.shared import err_console, out_console, stopped_by_sigterm
from misground.cli.terminal import shown
from misground.errors import UsageError, WorkError
from misground.records.arms import decoding_of

if TYPE_CHECKING:
    from misground.evaluation.planned import Planned
    from misground.evaluation.run import Evaluated
    from misground.evaluation.settings import EvalSettings
    from misground.evaluation.transport import Transport


def run_evaluation(
    planned: "Planned",
    log_dir: Path | None,
    transport: "Transport",
    *,
    workers: int,
    validate: bool = True,
    stamp: Any = None,
) -> "Evaluated":
    """Run an evaluation with its progress on the terminal; see `misground.evaluation.run.evaluate`."""
    from misground.evaluation.run import Following, evaluate

    with EvalProgress(err_console) as progress, stopped_by_sigterm():
        following = Following(
            say=progress.say, begin=progress.begin, outcome=progress.outcome, validating=progress.validating
        )
        return evaluate(
            planned, log_dir, transport, following, validate=validate, workers=workers, stamp=stamp
        )


def tell_evaluated(run: "Evaluated") -> None:
    """Print the outcomes of a run.

    Raises:
        WorkError: The run is not complete: calls ended in an error or were not made.
    """
    tally = run.tally
    out_console.print(outcome_table(run.log_dir, tally))
    for reason, count in tally.cut.items():
        at = f"at {run.max_tokens:,} tokens: raise --max-tokens"
        if reason != "max_tokens":
            at = "by the context of the model: serve it with a longer one, or ask shorter questions"
        out_console.print(f"{count:,} of {tally.answered:,} replies were cut {at}")
    out_console.print(f"results: {shown(run.results)}")
    out_console.print(f"to read the replies: inspect view --log-dir {shown(run.log_dir)}")
    tell_errors(tally)
    if not run.complete:
        missing = run.calls - run.kept - tally.outcomes["error"]
        failed = tally.outcomes["error"]
        parts = [f"{failed:,} of {run.calls:,} calls ended in an error"] if failed else []
        parts += [f"{missing:,} of {run.calls:,} calls were not made"] if missing else []
        parts = parts or ["the log is not whole"]
        why = f"{run.stopped}: " if run.stopped else ""
        kept = f"; {run.kept:,} replies are kept" if run.stopped else ""
        raise WorkError(f"{why}{' and '.join(parts)}{kept}: run the same command again to ask only these")


def arms_of(given: dict[str, Any]) -> list[str]:
    """The arms of --arms; none without it."""
    from misground.evaluation.arms import parse_arms

    if given["arms"] is None:
        return []
    for name, plain in (("decoding", "default"), ("sampler", "declared"), ("mode", None), ("tau", None)):
        if given[name] != plain:
            raise UsageError(
                f"--{name} is given with --arms, and each arm says how it chooses tokens: leave one of them "
                "out"
            )
    arms = parse_arms(given["arms"])
    of_rule = [name for name in ("table", "top_m", "top_p", "temperature") if given[name] is not None]
    if of_rule and all(decoding_of(arm) == "default" for arm in arms):
        option = of_rule[0].replace("_", "-")
        raise UsageError(f"--{option} is a setting of the rule, and no arm of --arms uses it: leave it out")
    return arms


def evaluate_arms(
    planned: "Planned",
    arms: Sequence[str],
    log_dir: Path | None,
    transport: "Transport",
    *,
    workers: int,
    validate: bool = True,
) -> None:
    """Ask the questions once with each arm, and print what came of each.

    A local model is loaded once, and a server is checked for the rule once. An arm that fails leaves the
    others as they are; what stops a run (Ctrl-C, a full disk, a server that does not answer) stops the arms
    behind it, too.

    Args:
        planned: The plan of the run, whose settings the arms share.
        arms: The arms, as `parse_arms` returns them.
        log_dir: The folder that gets one folder for each arm; None for the default folder of each.
        transport: How questions reach the model.
        workers: Number of worker processes of the validation.
        validate: Whether to validate the benchmark before the first arm.

    Raises:
        UsageError: The settings of an arm contradict each other, or no arm can be asked.
        WorkError: At least one arm is not complete.
    """
    from misground.evaluation.arms import folder_names, with_arm
    from misground.evaluation.run_record import read_record

    plans = [replace(planned, settings=with_arm(planned.settings, arm)) for arm in arms]
    failed: list[tuple[str, UsageError | WorkError]] = []
    stamp = None
    with _shared(planned.settings):
        for number, (arm, one, name) in enumerate(zip(arms, plans, folder_names(arms), strict=True)):
            out_console.print(f"\narm {shown(arm)} ({number + 1} of {len(arms)})", highlight=False)
            folder, run = None if log_dir is None else log_dir / name, None
            try:
                run = run_evaluation(one, folder, transport, validate=validate, workers=workers, stamp=stamp)
                stamp = (read_record(run.log_dir) or {}).get("validated")
                tell_evaluated(run)
            except (UsageError, WorkError) as error:
                failed.append((arm, error))
                if run is not None and run.stopped is not None:  # interrupted, a full disk, a dead server
                    failed += [(later, WorkError("not begun")) for later in arms[number + 1 :]]
                    break
                err_console.print(shown(str(error)), highlight=False)
    if not failed:
        return
    if len(failed) == len(arms) and all(isinstance(error, UsageError) for _, error in failed):
        raise UsageError(str(failed[0][1]))
    told = "; ".join(f"{arm}: {error}" for arm, error in failed)
    raise WorkError(f"{len(failed)} of {len(arms)} arms are not complete ({told})")


def _shared(settings: "EvalSettings") -> AbstractContextManager[None]:
    """Within it, arms share a local model and its encoded prompts, or the check of a server."""
    if settings.provider == "misground-hf":
        from misground.evaluation.providers.local.loading import shared_models

        return shared_models()
    from misground.evaluation.served_rule import shared_checks

    return shared_checks()
