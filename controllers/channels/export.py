from odoo.addons.web.controllers.export import ExcelExport

from ...models.channels import order_file


class OrderExport(ExcelExport):
    """Odoo writes the titles of groups itself, beside the cells of rows (see ``export_data`` of ``base``)."""

    def from_group_data(self, fields, columns_headers, groups):
        if groups._model._may_contain_external_text():
            self._guard_titles(groups)
        return super().from_group_data(fields, columns_headers, groups)

    def _guard_titles(self, group):
        for child in group.children.values():
            self._guard_titles(child)
        group.children = type(group.children)(
            (self._guard_title(title), child) for title, child in group.children.items())

    def _guard_title(self, title):
        if isinstance(title, tuple):
            return tuple(order_file.guard_cell(part) for part in title)
        return order_file.guard_cell(title)
