"""docs/articles.md names every article, where it is enforced, and a test that shows it."""
import ast
import re
from pathlib import Path

from odoo.tests import TransactionCase, tagged

from odoo.addons import sale_order_lifecycle

ADDON = Path(sale_order_lifecycle.__file__).resolve().parent
DOCUMENT = ADDON / 'docs/articles.md'
NUMBERS = {'I': 6, 'R': 7, 'F': 4, 'K': 3, 'D': 4, 'S': 3, 'A': 4, 'X': 2, 'E': 4, 'P': 3}
TO_COME = '*to come'


@tagged('post_install', '-at_install')
class TestArticlesDocument(TransactionCase):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cells = [
            [cell.strip() for cell in line.strip('|').split('|')]
            for line in DOCUMENT.read_text().splitlines() if re.match(r'\| [A-Z]\d ', line)]
        cls.rows = {row[0]: row[1:] for row in cells}
        cls.ids = [row[0] for row in cells]

    def test_every_article(self):
        self.assertEqual(
            self.ids, [f'{letter}{number + 1}' for letter, count in NUMBERS.items() for number in range(count)])

    def test_where(self):
        """What a row names is in the registry; a row that names nothing says that it is to come."""
        for article, (_demands, where, _tests) in self.rows.items():
            names = re.findall(r'`([\w.]+)`', where)
            with self.subTest(article=article):
                self.assertTrue(names or TO_COME in where)
                for name in names:
                    model, _dot, member = name.rpartition('.')
                    self.assertTrue(
                        name in self.env or model in self.env and (
                            member in self.env[model]._fields or callable(getattr(self.env[model], member, None))),
                        f"{name} is no model, field or method")

    def test_shown(self):
        """The tests exist, and whatever stands has one."""
        for article, (_demands, where, shown) in self.rows.items():
            tests = re.findall(r'`([\w/]+\.py)::(\w+)\.(\w+)`', shown)
            with self.subTest(article=article):
                self.assertEqual(len(tests), shown.count('::'))
                self.assertTrue(tests or where.startswith(TO_COME))
                for path, case, method in tests:
                    tree = ast.parse((ADDON / 'tests' / path).read_text())
                    cases = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}
                    self.assertIn(case, cases)
                    self.assertIn(method, {
                        node.name for node in cases[case].body if isinstance(node, ast.FunctionDef)})

    def test_quoted_articles(self):
        """An id that the code or a test quotes has its row."""
        quoted = set()
        for path in ADDON.rglob('*.py'):
            for text in re.findall(r'\barticles? ((?:[A-Z]\d+(?:–|-|, | and )?)+)', path.read_text()):
                quoted.update(re.findall(r'[A-Z]\d+', text))
        self.assertGreater(len(quoted), 20)
        self.assertLessEqual(quoted, set(self.rows))
