{
    'name': "Sales Order Lifecycle",
    'summary': "Make the company's customer-order policy executable: intake, "
               "review by departments, production, delivery and beyond",
    'version': '19.0.1.0.0',
    'category': 'Sales/Sales',
    'license': 'LGPL-3',
    'author': "Sales Order Lifecycle contributors",
    'website': "https://github.com/sale-order-lifecycle/sale_order_lifecycle",
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
        # data
        # wizards
        # views
        # menus
        'views/menus.xml',
    ],
    'demo': [
    ],
    'application': True,
    'installable': True,
}
