from odoo import SUPERUSER_ID, api
from odoo.fields import Domain


def migrate(cr, version):
    env = api.Environment(cr, SUPERUSER_ID, {})
    watch_open_reviews(env)


def watch_open_reviews(env):
    """Plan reminder and escalation of the reviews that are pending; those whose turn it is know of them already."""
    reviews = env['order.review'].search(Domain('state', '=', 'pending'))
    reviews._plan_deadline()
    reviews.write({'notified_at': env.cr.now()})
