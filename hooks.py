import re

from odoo.addons.base.models.ir_model import MODULE_UNINSTALL_FLAG

MODULE = 'sale_order_lifecycle'


def uninstall_hook(env):
    """Clear what was made while the addon ran, belongs to no module, and would stay or do harm without it."""
    _remove_searches(env)
    _remove_indexes(env)
    _remove_archive_files(env)
    _remove_ticket_sequences(env)
    _remove_aliases(env)
    _remove_assessments(env)
    _remove_roles(env)


def _remove_indexes(env):
    """Remove the index that the addon has put on a field of core: the field stays, and core has none."""
    env.cr.execute("DROP INDEX IF EXISTS mrp_production__sale_line_id_index")


def _remove_archive_files(env):
    """Remove the files of the archive: without their rows nobody could find them, and nothing would delete them."""
    # The condition on the id lets the search see the files of fields, too.
    env['ir.attachment'].with_context(**{MODULE_UNINSTALL_FLAG: True}).search([
        ('res_model', '=', 'order.archive.document'), ('id', '!=', False)]).unlink()


def _remove_assessments(env):
    """Remove the assessments with all that belongs to them: their figures keep the indicators, which go with roles."""
    env['order.assessment'].with_context(**{MODULE_UNINSTALL_FLAG: True}).search([]).unlink()


def _remove_roles(env):
    """Remove the roles with what points to them, and the security groups that were made for them.

    Odoo removes records before tables: roles in use would keep themselves and all their groups alive.
    """
    Role = env['order.role'].with_context(**{'active_test': False, MODULE_UNINSTALL_FLAG: True})
    # Models that were loaded later may point to earlier ones, never the other way round.
    for field in reversed(Role._get_referring_fields()):
        Role.env[field.model_name].search([]).unlink()
    Role.search([]).unlink()


def _remove_aliases(env):
    """Remove the e-mail addresses of channels: mails to them would make orders that nobody has asked for."""
    channels = env['order.channel'].with_context(active_test=False).search([('alias_id', '!=', False)])
    aliases = channels.alias_id
    channels.write({'alias_id': False})
    aliases.unlink()


def _remove_ticket_sequences(env):
    """Remove the numberings of tickets that adoptions have made for their companies."""
    env['ir.sequence'].search([('code', '=', 'order.ticket')]).unlink()


def _remove_searches(env):
    """Remove saved searches and export lists that name models or fields of the addon.

    Left alone, a search on orders by phase would make the list of orders fail for its owner.
    """
    models = [name for name, model_class in env.registry.items() if model_class._original_module == MODULE]
    Filter = env['ir.filters'].with_context(active_test=False)
    Filter.search([('model_id', 'in', models)]).unlink()
    env['ir.exports'].search([('resource', 'in', models)]).unlink()

    data = env['ir.model.data'].search([('module', '=', MODULE), ('model', '=', 'ir.model.fields')])
    added = env['ir.model.fields'].browse(data.mapped('res_id')).exists().filtered(
        lambda field: field.model not in models)
    for model, fields in added.grouped('model').items():
        names = set(fields.mapped('name'))
        Filter.search([('model_id', '=', model)]).filtered(
            lambda user_filter, names=names: names & set(re.findall(
                r'\w+', f'{user_filter.domain} {user_filter.context} {user_filter.sort}'))
        ).unlink()
        env['ir.exports.line'].search([('export_id.resource', '=', model)]).filtered(
            lambda line, names=names: line.name.split('/')[0] in names).unlink()
