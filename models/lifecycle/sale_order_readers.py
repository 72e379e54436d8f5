import re

from lxml import etree

from odoo import api, models
from odoo.tools import ormcache
from odoo.tools.view_validation import get_expression_field_names

from ..mixins.base import ADDON

# What says whether a node is there, and what else goes by the fields of the record.
_CONDITIONS = ('invisible', 'column_invisible')
_EXPRESSIONS = ('readonly', 'required', 'context', 'domain')


class SaleOrder(models.Model):
    """People who only read orders, as departments do.

    The form tells how many invoices and transfers there are, and what is in stock: whoever may read the order may know,
    without access to those documents themselves. What other modules show on it, and nobody has looked at, is none of
    that: it is worked out with the rights of the person, and views leave it out.
    """
    _inherit = 'sale.order'

    # -- values ---------------------------------------------------------------------------------

    def _compute_field_value(self, field):
        if self._is_read_by_reviewer(field):
            return super(SaleOrder, self.sudo())._compute_field_value(field)
        return super()._compute_field_value(field)

    @api.model
    def _is_read_by_reviewer(self, field):
        """:return: whether an unstored value of an order or its lines is computed as superuser for this person"""
        return (
            not field.store and not self.env.su
            # Values that are said to differ from person to person are those of the person.
            and 'uid' not in self.pool.field_depends_context[field]
            and (field._module == ADDON or field.name in self.env[field.model_name]._get_reader_field_names())
            and self.env.user.has_group('sale_order_lifecycle.group_reviewer')
        )

    @api.model
    def _is_only_reader(self):
        """:return: whether the person reads orders, and nothing else"""
        return self.env.user.has_group('sale_order_lifecycle.group_reviewer') and not self.has_access('write')

    # -- what views leave out -------------------------------------------------------------------

    @api.model
    def _get_names_left_out(self, model_name='sale.order'):
        """:param model_name: ``sale.order`` or ``sale.order.line``
        :return: frozenset of the names of its fields that people who only read orders are not offered: unstored ones of
            modules that this addon does not know, unless a room names them in ``_get_reader_field_names``
        """
        model = self.env[model_name]
        known, named = self._get_known_modules(), model._get_reader_field_names()
        return frozenset(
            name for name, field in model._fields.items()
            if field.compute and not field.store and not field.compute_sudo and name not in named
            and field._module not in known)

    @api.model
    @ormcache()
    def _get_known_modules(self):
        """:return: frozenset of the names of this addon and of all modules that it depends on"""
        own = self.env['ir.module.module'].sudo().search([('name', '=', ADDON)])
        return frozenset((own | own.upstream_dependencies(exclude_states=('uninstallable',))).mapped('name'))

    @api.model
    def fields_get(self, allfields=None, attributes=None):
        result = super().fields_get(allfields, attributes)
        return self._leave_out_of_description(result)

    @api.model
    def _leave_out_of_description(self, description, model_name='sale.order'):
        """:return: the description of fields for this person"""
        if self.env.su or not self._is_only_reader():
            return description
        left_out = self._get_names_left_out(model_name)
        return {name: values for name, values in description.items() if name not in left_out}

    @api.model
    def get_view(self, view_id=None, view_type='form', **options):
        result = super().get_view(view_id, view_type, **options)
        if not self._is_only_reader():
            return result
        arch = etree.fromstring(result['arch'])
        before = etree.tostring(arch)
        if view_type == 'form':
            for node in self._get_nodes_hidden_from_readers(arch):
                node.getparent().remove(node)
        self._leave_out_of_view(arch)
        if etree.tostring(arch) != before:
            result['arch'] = etree.tostring(arch, encoding='unicode')
        return result

    @api.model
    def _get_nodes_hidden_from_readers(self, arch):
        """What the form leaves out for people who only read orders, because it could only refuse.

        :param arch: the form as an element
        :return: list of its nodes: buttons that change something, and lists of documents of other
            applications that the person does not read
        """
        kept = self._get_reader_button_names()
        nodes = [
            button for button in arch.xpath('/form/header//button | /form/sheet//button[not(ancestor::field)]')
            if button.get('name') not in kept
        ]
        models = {(): self, ('order_line',): self.env['sale.order.line']}
        for node in arch.iter('field', 'label'):
            path = tuple(parent.get('name') for parent in node.iterancestors('field'))
            field = path in models and models[path]._fields.get(node.get('name') or node.get('for'))
            if field and field.type in ('one2many', 'many2many'):
                if not self.env[field.comodel_name].has_access('read'):
                    nodes.append(node)
        if not self.env['stock.move'].has_access('read'):
            nodes += arch.xpath("//widget[@name='qty_at_date_widget']")
        return nodes

    @api.model
    def _leave_out_of_view(self, arch):
        """Take the fields that readers are not offered out of a view, with all that goes by them.

        :param arch: the view as an element, which is changed
        """
        own = self._get_names_left_out()
        names = {(): own, ('order_line',): self._get_names_left_out('sale.order.line')}
        if not any(names.values()):
            return
        for node in list(arch.iter(etree.Element)):
            path = tuple(parent.get('name') for parent in node.iterancestors('field'))
            left_out = names.get(path, frozenset())
            # Lines ask for values of their order, too.
            left_out = left_out | {f'parent.{name}' for name in own} if path else left_out
            if not left_out or node is arch:
                continue
            if self._goes_by_name(node, left_out) or any(
                    self._goes_by(node.get(name), left_out) for name in _CONDITIONS):
                if node.getparent() is not None:
                    node.getparent().remove(node)
                continue
            for name in list(node.attrib):
                if (name in _EXPRESSIONS or name.startswith('decoration-')) and self._goes_by(
                        node.get(name), left_out):
                    del node.attrib[name]

    @api.model
    def _goes_by_name(self, node, names):
        """:return: whether a node shows one of these fields, in a template as well"""
        if node.tag == 'field' and node.get('name') in names or node.tag == 'label' and node.get('for') in names:
            return True
        return any(
            found in names for name, text in node.attrib.items() if name.startswith('t-')
            for found in re.findall(r'record\.(\w{1,63})', text))

    @api.model
    def _goes_by(self, expression, names):
        """:return: whether an expression of a view asks for one of these fields"""
        if not expression:
            return False
        try:
            found = get_expression_field_names(expression)
        except (SyntaxError, ValueError):
            found = set(re.findall(r'[\w.]+', expression))
        return bool(names & found)
