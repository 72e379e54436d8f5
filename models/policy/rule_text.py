"""Rules of a policy in words, for its printed form and for what differs between two versions."""
from ast import literal_eval
from difflib import ndiff

from markupsafe import Markup

from odoo.fields import Date, Datetime
from odoo.tools import format_amount, format_date, format_datetime, format_list, formatLang, html2plaintext

_BOOLEANS = (True, False)


class RuleText:
    """Says in the language of ``env`` what the values and conditions of rules mean."""

    def __init__(self, env, currency=None):
        """:param currency: ``res.currency`` of amounts; plain numbers where it is empty"""
        self.env = env(su=True)
        self.currency = currency

    # -- conditions -----------------------------------------------------------------------------

    def get_condition(self, model, text):
        """A domain in words.

        :param model: name of the model that it is about
        :param text: the domain as it is stored, empty where there is no condition
        :return: translated text, empty where everything matches; the stored text where it cannot be read
        """
        try:
            terms = literal_eval((text or '').strip() or '[]')
            words, rest = self._read(model, self._complete(terms)) if terms else ("", [])
            return text if rest else words
        except (ValueError, SyntaxError, TypeError, IndexError, KeyError, AttributeError):
            return text

    def _complete(self, terms):
        """:return: the terms in prefix notation with every “and” that is left out between them"""
        expected = 1
        result = []
        for term in terms:
            if not expected:
                result.insert(0, '&')
                expected = 1
            result.append(term)
            if term in ('&', '|'):
                expected += 1
            elif term != '!':
                expected -= 1
        return result

    def _read(self, model, terms):
        """:return: words of the first complete condition of the terms, and the terms behind it"""
        first, rest = terms[0], terms[1:]
        if first == '!':
            words, rest = self._read(model, rest)
            return self.env._("not (%(condition)s)", condition=words), rest
        if first not in ('&', '|'):
            return self._get_term(model, *first), rest
        parts = []
        pending = [first, first]
        # “a or (b or c)” reads as a row of three.
        while pending:
            operator = pending.pop()
            if rest[0] == operator:
                rest = rest[1:]
                pending += [operator, operator]
                continue
            nested = rest[0] in ('&', '|')
            words, rest = self._read(model, rest)
            parts.append(self.env._("(%(condition)s)", condition=words) if nested else words)
        words = self.env._(" and ") if first == '&' else self.env._(" or ")
        return words.join(parts), rest

    def _get_term(self, model, path, operator, value):
        if (path, operator, value) == (1, '=', 1):
            return self.env._("always")
        if (path, operator, value) == (0, '=', 1):
            return self.env._("never")
        labels, field = self._get_path(model, path)
        label = " › ".join(labels)
        if operator in ('any', 'not any') and field.comodel_name:
            words, _rest = self._read(field.comodel_name, self._complete(value))
            if operator == 'any':
                return self.env._("at least one of %(field)s with: %(condition)s", field=label, condition=words)
            return self.env._("none of %(field)s with: %(condition)s", field=label, condition=words)
        if operator in ('=', '!=') and field.type == 'boolean' and value in _BOOLEANS:
            if (operator == '=') == value:
                return self.env._("%(field)s: yes", field=label)
            return self.env._("%(field)s: no", field=label)
        if operator in ('=', '!=') and value is False:
            if operator == '=':
                return self.env._("%(field)s is empty", field=label)
            return self.env._("%(field)s is filled in", field=label)
        return self._get_comparison(label, operator, self._get_term_value(field, value))

    def _get_comparison(self, label, operator, value):
        values = {'field': label, 'value': value}
        match operator:
            case '=' | '=?':
                return self.env._("%(field)s is %(value)s", **values)
            case '!=':
                return self.env._("%(field)s is not %(value)s", **values)
            case '>':
                return self.env._("%(field)s is more than %(value)s", **values)
            case '>=':
                return self.env._("%(field)s is at least %(value)s", **values)
            case '<':
                return self.env._("%(field)s is less than %(value)s", **values)
            case '<=':
                return self.env._("%(field)s is at most %(value)s", **values)
            case 'in':
                return self.env._("%(field)s is one of: %(value)s", **values)
            case 'not in':
                return self.env._("%(field)s is none of: %(value)s", **values)
            case 'like' | 'ilike' | '=like' | '=ilike':
                return self.env._("%(field)s contains “%(value)s”", **values)
            case 'not like' | 'not ilike' | 'not =like' | 'not =ilike':
                return self.env._("%(field)s does not contain “%(value)s”", **values)
            case 'child_of':
                return self.env._("%(field)s is %(value)s or one of its children", **values)
            case _:
                return f"{label} {operator} {value}"

    def _get_path(self, model, path):
        """:return: list of the labels along a path of fields, and its last field"""
        labels, field = [], None
        for name in path.split('.'):
            field = self.env[model]._fields[name]
            labels.append(field._description_string(self.env))
            model = field.comodel_name
        return labels, field

    def _get_term_value(self, field, value):
        if isinstance(value, (list, tuple, set)):
            return format_list(self.env, [self._get_term_value(field, item) for item in value])
        if field.relational:
            if isinstance(value, int) and not isinstance(value, bool):
                return self.env[field.comodel_name].browse(value).exists().display_name or str(value)
            return str(value)
        try:
            return self.get_value(field, value)
        except (ValueError, TypeError):
            return str(value)  # a date such as “today -7d”

    # -- values ---------------------------------------------------------------------------------

    def get_value(self, field, value):
        """A value of a field for people.

        :param field: a field of any model
        :param value: as records give it
        :return: translated text, a dash where there is nothing
        """
        if field.type == 'boolean':
            return self.env._("yes") if value else self.env._("no")
        if value is None or value is False or value == "":
            return "—"
        if field.relational:
            return format_list(self.env, value.mapped('display_name')) if value else "—"
        match field.type:
            case 'monetary' if self.currency:
                return format_amount(self.env, value, self.currency)
            case 'float' | 'monetary' if field.name.endswith('_hours'):
                return self.get_hours(value)
            case 'float' | 'monetary':
                return formatLang(self.env, value)
            case 'date':
                return format_date(self.env, Date.to_date(value))
            case 'datetime':
                return format_datetime(self.env, Datetime.to_datetime(value))
            case 'selection':
                return dict(field._description_selection(self.env)).get(value, value)
            case 'html':
                return html2plaintext(value)
            case _:
                return str(value)

    def get_hours(self, hours):
        """:return: translated text of a number of working hours"""
        return self.env._("%(hours)s h", hours=f"{hours:g}")

    # -- what differs ---------------------------------------------------------------------------

    def get_changes(self, before, after):
        """What differs between two records of a model, and between the rules below them.

        :param before: a record of ``order.policy`` or of a rule
        :param after: another record of the same model
        :return: list of HTML, one item for each difference; empty where there is none
        """
        changes = []
        for name in after._get_rule_fields():
            field = after._fields[name]
            if field.type == 'one2many':
                if below := self._get_changes_below(before[name], after[name]):
                    changes.append(self._nest(field._description_string(self.env), below))
            elif (words := self._get_words(before, name)) != self._get_words(after, name):
                changes.append(self._get_change(field, words, self._get_words(after, name)))
        return changes

    def _get_words(self, record, name):
        field = record._fields[name]
        if model := record._get_condition_models().get(name):
            return self.get_condition(model, record[name]) or self.env._("no condition")
        return self.get_value(field, record[name])

    def _get_change(self, field, before, after):
        label = field._description_string(self.env)
        if field.type not in ('html', 'text'):
            return Markup("%s: <del>%s</del> → <ins>%s</ins>") % (label, before, after)
        lines = [
            (Markup("<ins>%s</ins>") if line[0] == '+' else Markup("<del>%s</del>")) % line[2:].strip()
            for line in ndiff(before.splitlines(), after.splitlines()) if line[0] in '+-' and line[2:].strip()
        ]
        return self._nest(label, lines)

    def _get_changes_below(self, before, after):
        """The same for the rules of two policies: those that are new, gone and changed."""
        old, new = self._get_by_key(before), self._get_by_key(after)
        changes = []
        for key in dict.fromkeys([*old, *new]):
            if key not in old:
                changes.append(Markup("%s: <ins>%s</ins>") % (self.env._("New"), new[key].display_name))
            elif key not in new:
                changes.append(Markup("%s: <del>%s</del>") % (self.env._("Removed"), old[key].display_name))
            elif below := self.get_changes(old[key], new[key]):
                changes.append(self._nest(new[key].display_name, below))
        return changes

    def _get_by_key(self, rules):
        by_key = {}
        for rule in rules:
            key, number = rule._get_rule_key(), 0
            while (key, number) in by_key:
                number += 1
            by_key[key, number] = rule
        return by_key

    def _nest(self, title, items):
        return Markup("%s<ul>%s</ul>") % (title, Markup().join(Markup("<li>%s</li>") % item for item in items))
