def migrate(cr, version):
    loosen_review_page(cr)


def loosen_review_page(cr):
    """Views of earlier rooms are loaded before the new form of the review page: until then the stored one must not
    ask for the list of reviews, which is for its readers only from now on.
    """
    cr.execute(r"""
        UPDATE ir_ui_view view
           SET arch_db = replace(arch_db::text, 'invisible=\"review_ids\"', 'invisible=\"review_round\"')::jsonb
          FROM ir_model_data data
         WHERE data.model = 'ir.ui.view' AND data.res_id = view.id
           AND data.module = 'sale_order_lifecycle' AND data.name = 'sale_order_view_form_review'
    """)
