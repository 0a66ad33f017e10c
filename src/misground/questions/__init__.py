"""From measurements to candidates, drawn items and questions: pure functions, no files, no pictures."""

from misground.questions.candidates import certain_relations
from misground.questions.cross import Question, cross, item_views, question_id, view_id
from misground.questions.draw import draw
from misground.questions.draw_settings import DrawSettings, Preset
from misground.questions.items import CasePlan, Item, item_id
from misground.questions.measure import Measurements, measure
from misground.questions.plan import measure_case, plan_case
from misground.questions.probes import PROBE_COMBINATIONS, probe_cost, probe_questions, probe_views
from misground.questions.truth import THRESHOLDS

__all__ = [
    "PROBE_COMBINATIONS",
    "THRESHOLDS",
    "CasePlan",
    "DrawSettings",
    "Item",
    "Measurements",
    "Preset",
    "Question",
    "certain_relations",
    "cross",
    "draw",
    "item_id",
    "item_views",
    "measure",
    "measure_case",
    "plan_case",
    "probe_cost",
    "probe_questions",
    "probe_views",
    "question_id",
    "view_id",
]
