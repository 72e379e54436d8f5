"""Sampling of batches by attributes: single sampling by GB/T 2828.1 (ISO 2859-1), its master tables and the rules by
which its severity switches. Plain Python: what it knows, it knows of the standard alone."""
import math
from dataclasses import dataclass

# The values up to which AQL is a percentage of defective pieces; those above count defects.
AQLS = (
    '0.010', '0.015', '0.025', '0.040', '0.065', '0.10', '0.15', '0.25', '0.40', '0.65', '1.0', '1.5', '2.5', '4.0',
    '6.5', '10')
LEVELS = ('S-1', 'S-2', 'S-3', 'S-4', 'I', 'II', 'III')

# Table 1: up to which size a batch has which code letter, at each of the levels.
CODE_LETTERS = (
    (8, 'AAAAAAB'),
    (15, 'AAAAABC'),
    (25, 'AABBBCD'),
    (50, 'ABBCCDE'),
    (90, 'BBCCCEF'),
    (150, 'BBCDDFG'),
    (280, 'BCDEEGH'),
    (500, 'BCDEFHJ'),
    (1200, 'CCEFGJK'),
    (3200, 'CDEGHKL'),
    (10000, 'CDFGJLM'),
    (35000, 'CDFHKMN'),
    (150000, 'DEGJLNP'),
    (500000, 'DEGJMPQ'),
    (math.inf, 'DEHKNQR'),
)
LETTERS = 'ABCDEFGHJKLMNPQRS'

# Tables 2-A, 2-B and 2-C: the sample of each letter, and the acceptance numbers. A row repeats the row above it one
# value of AQL further to the left; UP and DOWN are the arrows to the first sampling plan above and below.
UP, DOWN = 'up', 'down'
SAMPLES = {
    'normal': (2, 3, 5, 8, 13, 20, 32, 50, 80, 125, 200, 315, 500, 800, 1250, 2000),
    'tightened': (2, 3, 5, 8, 13, 20, 32, 50, 80, 125, 200, 315, 500, 800, 1250, 2000, 3150),
    'reduced': (2, 2, 2, 3, 5, 8, 13, 20, 32, 50, 80, 125, 200, 315, 500, 800),
}
DIAGONALS = {
    'normal': (0, UP, DOWN, 1, 2, 3, 5, 7, 10, 14, 21),
    'tightened': (0, DOWN, DOWN, 1, 2, 3, 5, 8, 12, 18),
    'reduced': (0, UP, DOWN, DOWN, 1, 2, 3, 5, 6, 8, 10),
}
# At which of AQLS the row of letter A begins with its 0.
FIRST_COLUMN = {'normal': 14, 'tightened': 15, 'reduced': 14}

# The rules of switching.
SWITCHING_SCORE = 30
REJECTED_TO_TIGHTEN, BATCHES_TO_TIGHTEN = 2, 5
ACCEPTED_TO_NORMAL = 5
REJECTED_TO_STOP = 5
# So many batches before the present one say which severity follows: an order on tightened inspection has at most four
# accepted ones between two rejected ones.
REMEMBERED_BATCHES = 30


@dataclass(frozen=True)
class SamplingPlan:
    """How much of a batch is looked at, and how many of it may be defective."""
    size: int
    acceptance: int
    letter: str = ''

    @property
    def rejection(self):
        """:return: from how many defective pieces on the batch is rejected"""
        return self.acceptance + 1


def get_code_letter(batch, level):
    """:param batch: number of pieces
    :param level: one of ``LEVELS``
    :return: code letter of table 1"""
    return next(letters for size, letters in CODE_LETTERS if batch <= size)[LEVELS.index(level)]


def get_sampling_plan(letter, aql, severity='normal'):
    """What the master table of a severity says, with its arrows followed.

    :param letter: code letter
    :param aql: one of ``AQLS``
    :param severity: ``normal``, ``tightened`` or ``reduced``
    :return: SamplingPlan
    """
    column, row = AQLS.index(aql), LETTERS.index(letter)
    cell = _get_cell(row, column, severity)
    step = {UP: -1, DOWN: 1}.get(cell, 0)
    while not isinstance(cell, int):
        row += step
        if not 0 <= row < len(SAMPLES[severity]):
            # No plan lies in that direction: the first one in the other.
            step = -step
            continue
        cell = _get_cell(row, column, severity)
    return SamplingPlan(SAMPLES[severity][row], cell, LETTERS[row])


def _get_cell(row, column, severity):
    """:return: what the table has there: an acceptance number, or an arrow"""
    diagonal = DIAGONALS[severity]
    place = column + row - FIRST_COLUMN[severity]
    if severity == 'tightened' and not row:
        # Two pieces without a defective one would be less than normal inspection asks for.
        return DOWN
    if place < 0:
        return DOWN
    return diagonal[place] if place < len(diagonal) else UP


def get_plan_for_batch(batch, level, aql, severity='normal'):
    """:param batch: number of pieces
    :return: SamplingPlan; all of the batch where the sample is not smaller"""
    plan = get_sampling_plan(get_code_letter(batch, level), aql, severity)
    return SamplingPlan(min(plan.size, batch), plan.acceptance, plan.letter)


def is_accepted_one_step_tighter(letter, aql, defects):
    """:param letter: of the sampling plan that was used
    :return: whether the batch would have been accepted on normal inspection with the next smaller AQL"""
    column = AQLS.index(aql)
    if not column:
        return False
    return defects <= get_sampling_plan(letter, AQLS[column - 1], 'normal').acceptance


@dataclass(frozen=True)
class Result:
    """What came of one batch on its original inspection."""
    severity: str
    accepted: bool
    defects: int = 0
    letter: str = ''
    acceptance: int = 0


def get_next_severity(results, aql, allow_reduced=True, first='normal'):
    """The severity of the next batch.

    :param results: list of Result, oldest first: the last ones on the present severity decide
    :param aql: one of ``AQLS``
    :param allow_reduced: whether the responsible authority agrees to reduced inspection
    :param first: the severity of the first of these batches: tightened after sampling was stopped
    :return: ``normal``, ``tightened``, ``reduced`` or ``stopped``
    """
    severity = results[-1].severity if results else first
    run = []
    for result in reversed(results):
        if result.severity != severity:
            break
        run.insert(0, result)
    if severity == 'normal':
        return _get_severity_after_normal(run, aql, allow_reduced)
    if severity == 'tightened':
        return _get_severity_after_tightened(run)
    if severity == 'reduced':
        return 'reduced' if allow_reduced and all(result.accepted for result in run) else 'normal'
    return severity


def _get_severity_after_normal(run, aql, allow_reduced):
    score = 0
    for position, result in enumerate(run):
        last = run[max(position + 1 - BATCHES_TO_TIGHTEN, 0):position + 1]
        if sum(not row.accepted for row in last) >= REJECTED_TO_TIGHTEN:
            return 'tightened'
        if result.acceptance >= 2:
            # Also a batch that is accepted may have been near the limit.
            is_good = result.accepted and is_accepted_one_step_tighter(result.letter, aql, result.defects)
            score = score + 3 if is_good else 0
        else:
            score = score + 2 if result.accepted else 0
        if score >= SWITCHING_SCORE and allow_reduced:
            return 'reduced'
    return 'normal'


def _get_severity_after_tightened(run):
    accepted = rejected = 0
    for result in run:
        accepted = accepted + 1 if result.accepted else 0
        rejected += not result.accepted
        if rejected >= REJECTED_TO_STOP:
            return 'stopped'
        if accepted >= ACCEPTED_TO_NORMAL:
            return 'normal'
    return 'tightened'
