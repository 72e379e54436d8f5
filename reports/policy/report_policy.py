from itertools import count

from odoo import api, models

_DIGITS = "零一二三四五六七八九"


def to_chinese_number(number):
    """:return: a number from 1 to 999 as Chinese policies write it: 七, 十, 十二, 一百零三"""
    hundreds, rest = divmod(number, 100)
    tens, ones = divmod(rest, 10)
    text = f"{_DIGITS[hundreds]}百" if hundreds else ""
    if hundreds and rest and not tens:
        text += _DIGITS[0]
    if tens:
        text += "十" if tens == 1 and not hundreds else f"{_DIGITS[tens]}十"
    return text + (_DIGITS[ones] if ones else "")


class ReportPolicy(models.AbstractModel):
    """The policy on paper, printed from the records that are enforced (article P3)."""
    _name = 'report.sale_order_lifecycle.report_policy'
    _description = "Printed Order Policy"

    @api.model
    def _get_report_values(self, docids, data=None):
        policies = self.env['order.policy'].browse(docids)
        policies.check_access('read')
        # Who may read the policy may read all of it, names of departments and working hours included.
        policies_sudo = policies.sudo()
        return {
            'doc_ids': policies.ids,
            'doc_model': policies._name,
            'docs': policies_sudo,
            'chapters': {policy.id: self._get_numbered_chapters(policy) for policy in policies_sudo},
            'articles': {policy.id: self._get_article_counter() for policy in policies_sudo},
        }

    @api.model
    def _get_numbered_chapters(self, policy):
        """:return: the chapters of the policy in their order, each with its ``number`` as text"""
        chapters = sorted(policy._get_report_chapters(), key=lambda chapter: chapter['sequence'])
        return [
            {**chapter, 'number': self.env._("Chapter %(number)s", number=self._to_number(number))}
            for number, chapter in enumerate(chapters, 1)
        ]

    @api.model
    def _get_article_counter(self):
        """:return: function that gives the number of the next article as text; articles are counted
            through all chapters"""
        numbers = count(1)
        return lambda: self.env._("Article %(number)s", number=self._to_number(next(numbers)))

    @api.model
    def _to_number(self, number):
        """:return: the number as the language of the reader writes it in chapters and articles"""
        return to_chinese_number(number) if (self.env.lang or '').startswith('zh') else str(number)
