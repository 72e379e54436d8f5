"""The company chooses how its dossiers are numbered; they are counted all the same, without gaps."""
import re

from freezegun import freeze_time
from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import BaseCase, Form, tagged
from odoo.tools import mute_logger

from odoo.addons.sale_order_lifecycle.models.archive import dossier_number

from .common import ArchiveCommon


@tagged('post_install', '-at_install')
class TestForm(BaseCase):

    def test_format(self):
        for form, digits, expected in (
            ('AR/{year}/{number}', 5, 'AR/2026/00042'),
            ('{yy}-{number}', 1, '26-42'),
            ('{number}.{year}', 3, '042.2026'),
            ('档案 {year} {number}', 4, '档案 2026 0042'),
            ('{year}{number}', 2, '202642'),
        ):
            with self.subTest(form=form):
                self.assertIsNone(dossier_number.find_problem(form))
                self.assertEqual(dossier_number.format_number(form, digits, 2026, 42), expected)
                year = 26 if '{yy}' in form else 2026
                self.assertEqual(dossier_number.read_number(form, digits, expected), (year, 42))
        self.assertEqual(dossier_number.format_number('{year}/{number}', 1, 2026, 123456), '2026/123456')

    def test_problems(self):
        for form, problem in (
            ('', 'number'), ('AR/{year}', 'number'), ('{year}/{number}/{number}', 'number'),
            ('{year}/{NUMBER}', 'number'),
            ('AR/{number}', 'year'), ('{year}/{yy}/{number}', 'year'), ('{year}{year}{number}', 'year'),
            ('{month}/{year}/{number}', 'characters'), ('{year}:{number}', 'characters'),
            ('{year}\n{number}', 'characters'), (' {year}/{number}', 'characters'), ('{year}\\{number}', 'characters'),
            ('{year}//{number}', 'characters'), ('{{year}}/{number}', 'characters'),
            ('%s/{year}/{number}', 'characters'),
            ('<b>{year}/{number}', 'characters'), ('{year}\x00{number}', 'characters'),
            ('.{year}/{number}', 'characters'), ('/{year}/{number}', 'characters'),
            ('{year}/{number}.', 'characters'), ('{year}/{number}/', 'characters'),
            ('{year}/A..B/{number}', 'characters'),
            ('A' * 23 + '{year}/{number}', None), ('A' * 26 + '{year}/{number}', 'length'),
            ('A' * 40 + '{year}{number}', 'length'),
        ):
            with self.subTest(form=form):
                self.assertEqual(dossier_number.find_problem(form), problem)

    def test_read(self):
        """What would be another text is no number of the form; what would be the same folder is."""
        for form, digits, text, found in (
            ('AR/{year}/{number}', 5, 'AR/2026/00001', (2026, 1)),
            ('AR/{year}/{number}', 5, 'AR/2026/123456', (2026, 123456)),
            ('AR/{year}/{number}', 5, 'ar-2026-00001', (2026, 1)),
            ('AR/{year}/{number}', 5, 'AR/2026/0001', None),
            ('AR/{year}/{number}', 5, 'AR/2026/000001', None),
            ('AR/{year}/{number}', 5, 'AB/2026/00001', None),
            ('A.{year}/{number}', 1, 'AX2026/1', None),
        ):
            with self.subTest(form=form, text=text):
                self.assertEqual(dossier_number.read_number(form, digits, text), found)


@tagged('post_install', '-at_install')
class TestDossierNumber(ArchiveCommon):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.orders = cls._new_settled(count=4, lines=[(cls.product_service, 1)])
        cls.user_settings = cls._new_user('settings', 'base.group_system')

    def _seal_next(self):
        """:return: the dossier of one more order"""
        order, self.orders = self.orders[0], self.orders[1:]
        return self._seal(order)

    def _choose(self, form, digits=5):
        with Form(self.env['res.config.settings'].with_user(self.user_settings)) as settings:
            settings.archive_number_format = form
            settings.archive_number_digits = digits
            preview = settings.archive_number_preview
        settings.save().execute()
        return preview

    def test_another_form(self):
        year = self.company._get_local_date().year
        first = self._seal_next()
        self.assertEqual(first.name, f'AR/{year}/00001')
        self.assertEqual(self._choose('档案-{yy}-{number}', 3), f'档案-{year % 100:02d}-002')
        second = self._seal_next()
        self.assertEqual((first.name, second.name), (f'AR/{year}/00001', f'档案-{year % 100:02d}-002'))
        self._choose('AR/{year}/{number}', 5)
        third = self._seal_next()
        self.assertEqual(third.name, f'AR/{year}/00003')
        self.assertEqual((second.previous_id, third.previous_id), (first, second))
        self.assertEqual(self._verify(first | second | third), [])
        self.assertEqual(
            first.search([('id', 'in', (first | second | third).ids)]).mapped('state'), ['sealed'] * 3)
        # Another year begins again.
        with freeze_time(f'{year + 1}-06-01 12:00:00'):
            self.assertEqual(self._seal_next().name, f'AR/{year + 1}/00001')

    def test_refused(self):
        for form in ('AR/{number}', 'AR/{year}', '{year}:{number}', '../{year}/{number}', '.{year}{number}', '', False):
            with self.subTest(form=form), self.assertRaises(ValidationError), mute_logger('odoo.sql_db'):
                try:
                    with self.env.cr.savepoint():
                        self.company.archive_number_format = form
                        self.env.flush_all()
                except IntegrityError as error:
                    raise ValidationError("empty") from error
        for digits in (0, 10, -1):
            with self.subTest(digits=digits), self.assertRaises(IntegrityError), mute_logger('odoo.sql_db'), \
                    self.env.cr.savepoint():
                self.company.archive_number_digits = digits
                self.env.flush_all()

    def test_number_that_is_taken(self):
        """No form in which a later dossier would get the number of an earlier one: it could never be sealed."""
        year = self.company._get_local_date().year
        self.company.write({'archive_number_format': '{year}/1{number}', 'archive_number_digits': 1})
        self.assertEqual(self._seal_next().name, f'{year}/11')
        with self.assertRaisesRegex(ValidationError, f'{year}/11'):
            self.company.write({'archive_number_format': '{year}/{number}', 'archive_number_digits': 1})
        # Files and folders are the same for both.
        with self.assertRaisesRegex(ValidationError, f'{year}/11'):
            self.company.archive_number_format = '{year}-{number}'
        self.company.write({'archive_number_format': '{year}/{number}', 'archive_number_digits': 5})
        self.assertEqual(self._seal_next().name, f'{year}/00002')

    def test_preview(self):
        """Settings tell what the next number is, and what is wrong, before they are saved."""
        year = self.company._get_local_date().year
        settings = Form(self.env['res.config.settings'].with_user(self.user_settings))
        self.assertEqual(settings.archive_number_preview, f'AR/{year}/00001')
        settings.archive_number_digits = 2
        self.assertEqual(settings.archive_number_preview, f'AR/{year}/01')
        settings.archive_number_format = 'AR/{number}'
        self.assertFalse(settings.archive_number_preview)
        self.assertIn("{year}", settings.archive_number_problem)
        settings.archive_number_format = '{yy}/{number}'
        settings.archive_number_digits = 0
        self.assertIn("between 1 and 9", settings.archive_number_problem)

    def test_each_company(self):
        company = self._new_company("Second")
        self.company.archive_number_format = 'X/{year}/{number}'
        self.assertEqual(company.archive_number_format, 'AR/{year}/{number}')
        self.assertRegex(company._format_archive_number(2026, 1), re.escape('AR/2026/00001'))

    def test_company_of_before(self):
        """Companies that were there before the addon have neither a form nor digits of their own."""
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE res_company SET archive_number_format = NULL, archive_number_digits = NULL WHERE id = %s",
            [self.company.id])
        self.env.invalidate_all()
        self.assertEqual(self.company._format_archive_number(2026, 7), 'AR/2026/00007')

    def test_who_chooses(self):
        for user in (self.user_archivist, self.user_manager, self.user_sales):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.company.with_user(user).archive_number_format = '{year}/{number}'
