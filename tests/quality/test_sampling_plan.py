"""The tables and rules of GB/T 2828.1 (ISO 2859-1), single sampling, against values that are written out by hand."""
from odoo.tests import BaseCase, tagged

from odoo.addons.sale_order_lifecycle.models.quality.sampling_plan import (
    Result,
    get_code_letter,
    get_next_severity,
    get_plan_for_batch,
    get_sampling_plan,
)


@tagged('post_install', '-at_install')
class TestSamplingPlan(BaseCase):

    def test_code_letters(self):
        for batch, letters in {
            2: 'AAAAAAB', 8: 'AAAAAAB', 9: 'AAAAABC', 16: 'AABBBCD', 50: 'ABBCCDE', 90: 'BBCCCEF', 150: 'BBCDDFG',
            151: 'BCDEEGH', 500: 'BCDEFHJ', 501: 'CCEFGJK', 1200: 'CCEFGJK', 3200: 'CDEGHKL', 10000: 'CDFGJLM',
            35000: 'CDFHKMN', 150000: 'DEGJLNP', 500000: 'DEGJMPQ', 500001: 'DEHKNQR', 10 ** 9: 'DEHKNQR',
        }.items():
            own = ''.join(get_code_letter(batch, level) for level in ('S-1', 'S-2', 'S-3', 'S-4', 'I', 'II', 'III'))
            self.assertEqual(own, letters, batch)

    def _assert_plans(self, severity, rows):
        for letter, aql, size, acceptance in rows:
            plan = get_sampling_plan(letter, aql, severity)
            self.assertEqual((plan.size, plan.acceptance, plan.rejection), (size, acceptance, acceptance + 1),
                             (severity, letter, aql))

    def test_normal(self):
        self._assert_plans('normal', [
            ('H', '0.65', 80, 1), ('H', '1.0', 50, 1), ('H', '1.5', 50, 2), ('H', '2.5', 50, 3), ('H', '4.0', 50, 5),
            ('J', '0.65', 80, 1), ('J', '1.0', 80, 2), ('J', '1.5', 80, 3), ('J', '2.5', 80, 5), ('J', '4.0', 80, 7),
            ('J', '6.5', 80, 10), ('J', '10', 80, 14), ('J', '0.15', 80, 0), ('K', '1.0', 125, 3), ('L', '1.0', 200, 5),
            ('M', '1.0', 315, 7), ('N', '1.0', 500, 10), ('P', '1.0', 800, 14), ('Q', '1.0', 1250, 21),
            ('G', '2.5', 32, 2), ('F', '2.5', 20, 1), ('E', '4.0', 13, 1), ('D', '6.5', 8, 1), ('A', '6.5', 2, 0),
            # arrows: to the plan below, to the one above, from the ends of the table
            ('G', '1.0', 50, 1), ('F', '1.0', 13, 0), ('J', '0.40', 125, 1), ('J', '0.25', 50, 0),
            ('A', '0.65', 20, 0), ('A', '10', 5, 1), ('B', '10', 5, 1), ('R', '1.0', 1250, 21), ('M', '10', 125, 21),
            ('A', '0.010', 1250, 0), ('R', '0.010', 1250, 0), ('Q', '0.025', 2000, 1),
        ])

    def test_tightened(self):
        self._assert_plans('tightened', [
            ('J', '1.0', 80, 1), ('J', '1.5', 80, 2), ('J', '2.5', 80, 3), ('J', '4.0', 80, 5), ('J', '6.5', 80, 8),
            ('J', '10', 80, 12), ('J', '0.25', 80, 0), ('H', '1.0', 80, 1), ('H', '1.5', 50, 1), ('H', '0.40', 50, 0),
            ('K', '1.0', 125, 2), ('L', '1.0', 200, 3), ('N', '1.0', 500, 8), ('Q', '1.0', 1250, 18),
            ('G', '1.0', 80, 1), ('F', '1.0', 20, 0), ('A', '6.5', 3, 0), ('Q', '0.025', 3150, 1),
        ])

    def test_reduced(self):
        self._assert_plans('reduced', [
            ('J', '1.0', 32, 1), ('J', '1.5', 32, 2), ('J', '2.5', 32, 3), ('J', '4.0', 32, 5), ('J', '6.5', 32, 6),
            ('J', '10', 32, 8), ('K', '1.5', 50, 3), ('L', '1.0', 80, 3), ('Q', '1.0', 500, 10), ('H', '1.5', 20, 1),
            ('K', '0.10', 50, 0), ('E', '1.0', 5, 0), ('F', '1.0', 5, 0),
        ])

    def test_of_a_batch(self):
        for batch, level, aql, size, acceptance in (
                (500, 'II', '1.0', 50, 1), (1200, 'II', '1.0', 80, 2), (1200, 'II', '4.0', 80, 7),
                (10, 'II', '0.65', 10, 0), (1, 'II', '6.5', 1, 0), (1000, 'S-1', '2.5', 5, 0),
                (80, 'II', '0.65', 20, 0)):
            plan = get_plan_for_batch(batch, level, aql)
            self.assertEqual((plan.size, plan.acceptance), (size, acceptance), (batch, level, aql))

    def _get_severity(self, defects, severity='normal', aql='1.0', letter='J', **kwargs):
        """:return: the severity after batches with so many defective pieces in their samples"""
        plan = get_sampling_plan(letter, aql, severity)
        return get_next_severity([
            Result(severity, count <= plan.acceptance, count, plan.letter, plan.acceptance) for count in defects],
            aql, **kwargs)

    def test_switching(self):
        self.assertEqual(get_next_severity([], '1.0'), 'normal')
        # Two of five or fewer batches are rejected: 80 pieces, Ac 2.
        self.assertEqual(self._get_severity([3]), 'normal')
        self.assertEqual(self._get_severity([3, 3]), 'tightened')
        self.assertEqual(self._get_severity([3, 0, 0, 0, 3]), 'tightened')
        self.assertEqual(self._get_severity([3, 0, 0, 0, 0, 3]), 'normal')
        # Three points for a batch that AQL 0.65 (Ac 1) would accept, too: ten of them; one at the limit begins anew.
        self.assertEqual(self._get_severity([1] * 9), 'normal')
        self.assertEqual(self._get_severity([1] * 10), 'reduced')
        self.assertEqual(self._get_severity([1] * 9 + [2] + [1] * 9), 'normal')
        self.assertEqual(self._get_severity([1] * 10, allow_reduced=False), 'normal')
        # Two points with Ac 0 or 1: fifteen batches.
        self.assertEqual(self._get_severity([1] * 14, letter='H'), 'normal')
        self.assertEqual(self._get_severity([1] * 15, letter='H'), 'reduced')
        # Tightened, Ac 1: five accepted ones in a row; five rejected ones in all.
        self.assertEqual(self._get_severity([0, 0, 0, 0], 'tightened'), 'tightened')
        self.assertEqual(self._get_severity([2, 1, 0, 1, 0, 1], 'tightened'), 'normal')
        self.assertEqual(self._get_severity([2, 0, 0, 0, 0, 2, 2, 0, 2], 'tightened'), 'tightened')
        self.assertEqual(self._get_severity([2, 0, 0, 0, 0, 2, 2, 0, 2, 2], 'tightened'), 'stopped')
        # Reduced, Ac 1: until one is rejected.
        self.assertEqual(self._get_severity([1] * 20, 'reduced'), 'reduced')
        self.assertEqual(self._get_severity([1, 2], 'reduced'), 'normal')
        self.assertEqual(get_next_severity([], '1.0', first='tightened'), 'tightened')
