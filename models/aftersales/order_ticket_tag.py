from random import randint

from odoo import fields, models


class OrderTicketTag(models.Model):
    _name = 'order.ticket.tag'
    _description = "Ticket Tag"
    _order = 'name'
    _allow_sudo_commands = False

    name = fields.Char(required=True, translate=True)
    color = fields.Integer(default=lambda self: randint(1, 11))

    _name_unique = models.Constraint('UNIQUE (name)', "A tag with this name already exists: use that one.")
