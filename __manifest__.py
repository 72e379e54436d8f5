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
        'security/intake/ir.model.access.csv',
        'security/review/ir.model.access.csv',
        'security/review/order_review_rules.xml',
        # data
        'data/review/mail_activity_type_data.xml',
        'data/review/order_review_stage_data.xml',
        # wizards
        'wizards/review/order_review_decision_views.xml',
        # views
        'views/review/order_review_stage_views.xml',
        'views/review/order_policy_views.xml',
        'views/review/order_review_views.xml',
        'views/review/sale_order_views.xml',
        # menus
        'views/menus.xml',
    ],
    'demo': [
    ],
    'application': True,
    'installable': True,
}
