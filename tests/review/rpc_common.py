import xmlrpc.client

PASSWORD = 'test_rpc_password'


class RpcMixin:
    """For classes that have ``LifecycleCommon`` and ``HttpCase``: what people do over XML-RPC."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for user in cls.users_by_login.values():
            user.password = PASSWORD

    def call(self, user, model, method, *args, **kwargs):
        self.env.flush_all()
        try:
            return self.xmlrpc_object.execute_kw(
                self.env.cr.dbname, user.id, PASSWORD, model, method, list(args), kwargs)
        except xmlrpc.client.Fault as fault:
            # XML-RPC has no word for nothing, which is what some methods of core answer.
            if "cannot marshal None" not in fault.faultString:
                raise
            return None
        finally:
            self.env.invalidate_all()

    def assertCallRefused(self, user, model, method, *args, text=None, **kwargs):
        """The call fails with a refusal and not because code has failed."""
        with self.assertRaises(xmlrpc.client.Fault) as refused:
            self.call(user, model, method, *args, **kwargs)
        # 1 is what XML-RPC answers where code has failed, and nobody has refused.
        self.assertNotEqual(refused.exception.faultCode, 1, refused.exception.faultString)
        if text:
            self.assertIn(text, refused.exception.faultString)
