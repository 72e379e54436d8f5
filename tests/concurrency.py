import threading
import uuid
from contextlib import contextmanager

from odoo import Command, api
from odoo.modules.registry import Registry
from odoo.service.model import retrying
from odoo.tests import BaseCase, get_db_name

SUPERUSER = api.SUPERUSER_ID


class Meeting:
    """Where the threads of a test wait for each other, each once: what begins again after a conflict goes through."""

    def __init__(self, count=2, timeout=60):
        self.barrier = threading.Barrier(count, timeout=timeout)
        self.seen = set()

    def wait(self):
        if threading.get_ident() not in self.seen:
            self.seen.add(threading.get_ident())
            self.barrier.wait()


class ConcurrencyCommon(BaseCase):
    """Real cursors and commits, in a company of its own: a TransactionCase has one cursor only.

    What is made stays in the database; at the end its policy is retired and its people are archived.
    """

    # key of a person → group
    people = {}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.registry = Registry(get_db_name())
        cls.key = uuid.uuid4().hex[:8]
        with cls._acting() as env:
            cls._set_up(env(context={'no_reset_password': True, 'mail_create_nosubscribe': True}))
        cls.addClassCleanup(cls._tear_down)

    @classmethod
    @contextmanager
    def _acting(cls, who=None):
        """An environment of one of the people in a transaction of its own; the superuser's without a name."""
        with cls.registry.cursor() as cr:
            yield api.Environment(cr, cls.user_ids[who] if who else SUPERUSER, {})

    @classmethod
    def _set_up(cls, env):
        """Company, people and policy; extend it by what the test is about."""
        company = env['res.company'].create({'name': f"{cls.__name__} {cls.key}"})
        env.user.company_ids |= company
        cls.company_id = company.id
        users = env['res.users'].create([{
            'name': f"{name} {cls.key}", 'login': f'{name}_{cls.key}', 'company_id': company.id,
            'company_ids': [Command.set(company.ids)],
            'group_ids': [Command.set([env.ref('base.group_user').id, env.ref(group).id])],
        } for name, group in cls.people.items()])
        cls.user_ids = dict(zip(cls.people, users.ids))
        env['order.policy'].create({
            'name': f"Policy {cls.key}", 'company_id': company.id,
            'stage_ids': [Command.create(vals) for vals in cls._prepare_stage_vals(env)],
        }).action_adopt()

    @classmethod
    def _prepare_stage_vals(cls, env):
        """:return: list of values of the review stages of the policy"""
        return []

    @classmethod
    def _new_orders(cls, env, count, **vals):
        """:return: orders of the salesperson, who is in ``people``, in that person's environment"""
        channel = env['order.channel'].search([('company_id', '=', cls.company_id)], limit=1)
        partner = env['res.partner'].create({'name': f"Customer {cls.key}"})
        return env['sale.order'].with_user(cls.user_ids['sales']).create([
            {'partner_id': partner.id, 'channel_id': channel.id, **vals} for _index in range(count)])

    @classmethod
    def _tear_down(cls):
        with cls._acting() as env:
            env['res.company'].browse(cls.company_id).order_policy_id.action_retire()
            env['res.users'].browse(cls.user_ids[name] for name in cls.people).active = False

    def _run_together(self, *jobs):
        """Run jobs at the same time, each in a transaction of its own that begins again after a conflict.

        :param jobs: pairs of a key of ``people`` and a function of an environment
        :return: list of what they return, or of the exceptions that they end in
        """
        results = [None] * len(jobs)

        def run(index, who, job):
            with self._acting(who) as env:
                try:
                    results[index] = retrying(lambda: job(env), env)
                except Exception as error:
                    results[index] = error
                    # As of a request that fails, nothing is kept.
                    env.cr.rollback()

        threads = [threading.Thread(target=run, args=(index, *job)) for index, job in enumerate(jobs)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(120)
        return results
