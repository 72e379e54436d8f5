def migrate(cr, version):
    forget_wrong_labels(cr)


def forget_wrong_labels(cr):
    """Two labels had the Chinese of other fields that had the same name in English: the update brings their own."""
    cr.execute("""
        UPDATE ir_model_fields SET field_description = field_description - 'zh_CN'
        WHERE model = 'order.review.assign' AND name = 'user_id'
    """)
    cr.execute("""
        UPDATE ir_model_fields_selection selection SET name = selection.name - 'zh_CN'
        FROM ir_model_fields field
        WHERE field.id = selection.field_id AND field.model = 'order.inspection.plan.check'
            AND field.name = 'kind' AND selection.value = 'measure'
    """)
