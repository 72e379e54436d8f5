{
    'name': "Sales Order Lifecycle",
    'summary': "Make the company's customer-order policy executable: intake, "
               "review by departments, production, delivery and beyond",
    'version': '19.0.1.0.0',
    'category': 'Sales/Sales',
    'license': 'LGPL-3',
    'author': "Sales Order Lifecycle contributors",
    'depends': [
        'sale_management',
        'sale_stock',
        'sale_mrp',
        'purchase_stock',
        'repair',
        'account',
        'hr',
        'portal_rating',
    ],
    'data': [
        # security
        'security/sale_order_lifecycle_groups.xml',
        'security/policy/ir.model.access.csv',
        'security/policy/order_policy_rules.xml',
        'security/intake/ir.model.access.csv',
        'security/intake/order_channel_rules.xml',
        'security/review/ir.model.access.csv',
        'security/review/order_review_rules.xml',
        'security/lifecycle/ir.model.access.csv',
        'security/lifecycle/sale_order_rules.xml',
        # data
        'data/policy/order_role_data.xml',
        'data/policy/order_policy_data.xml',
        'data/intake/order_intake_rule_data.xml',
        'data/review/mail_activity_type_data.xml',
        'data/review/order_review_stage_data.xml',
        # wizards
        'wizards/policy/order_policy_adopt_views.xml',
        'wizards/review/order_review_decision_views.xml',
        # reports
        'reports/report_paperformat_data.xml',
        'reports/review/report_review_sheet.xml',
        # views
        'views/policy/order_role_views.xml',
        'views/policy/order_policy_views.xml',
        'views/policy/res_config_settings_views.xml',
        'views/intake/order_channel_views.xml',
        'views/intake/order_channel_refusal_views.xml',
        'views/intake/order_intake_rule_views.xml',
        'views/intake/order_policy_views.xml',
        'views/intake/res_users_views.xml',
        'views/intake/sale_order_views.xml',
        'views/review/order_review_stage_views.xml',
        'views/review/order_policy_views.xml',
        'views/review/order_review_views.xml',
        'views/review/sale_order_views.xml',
        'views/fulfilment/sale_order_views.xml',
        'views/lifecycle/sale_order_views.xml',
        # menus
        'views/menus.xml',
    ],
    'demo': [
        'demo/intake/res_partner_demo.xml',
        'demo/policy/res_users_demo.xml',
        'demo/policy/order_policy_demo.xml',
        'demo/fulfilment/product_demo.xml',
        'demo/fulfilment/sale_order_demo.xml',
    ],
    'assets': {
        'web.assets_backend': [
            'sale_order_lifecycle/static/src/scss/order_board.scss',
        ],
        'web.assets_tests': [
            'sale_order_lifecycle/static/tests/tours/**/*',
        ],
    },
    'uninstall_hook': 'uninstall_hook',
    'application': True,
    'installable': True,
}
