"""Assesses the whole period of a folder of orders, and holds the rates against what the files say."""

from collections import Counter


def set_up(play):
    """Departments that answer for sales and logistics, and an employee a salesperson."""
    with play.stage.acting() as env:
        company = env.company
        departments = {
            code: env["hr.department"].create({"name": f"{code.title()} Department", "company_id": company.id})
            for code in ("sales", "logistics")
        }
        for row in company.order_policy_id.responsibility_ids:
            if row.role_id.code in departments:
                row.department_id = departments[row.role_id.code]
        users = env["res.users"].search([("login", "=like", "employee%")])
        env["hr.employee"].create([{
            "name": user.name, "user_id": user.id, "company_id": company.id, "department_id": departments["sales"].id,
        } for user in users])
        return {code: department.id for code, department in departments.items()}


def count(orders):
    """:return: (number, number by salesperson) of rows of the file of orders"""
    return len(orders), Counter(order["employee_id"] for order in orders)


def assess(play):
    """Compute, confirm and publish the assessment; check it for the departments and for every salesperson."""
    files, departments = play.files, set_up(play)
    dates = [order[name] for order in files.orders for name in ("order_date", "shipped_date") if order[name]]
    with play.stage.step("Assess the whole period: compute, confirm, publish", "assessor") as env:
        assessment = env["order.assessment"].create({
            "policy_id": env.company.sudo().order_policy_id.id, "date_from": min(dates), "date_to": max(dates)})
        assessment.action_compute()
        assessment.action_confirm()
        assessment.action_publish()
        assessment_id = assessment.id
    late = {order["order_id"] for order in files.late}
    expected = {
        "completion_rate": ("sales", count(files.shipped), count(files.orders)),
        "on_time_rate": (
            "logistics", count([order for order in files.shipped if order["order_id"] not in late]),
            count(files.shipped)),
    }
    with play.stage.acting() as env:
        lines = env["order.assessment"].browse(assessment_id).sheet_ids.line_ids
        for code, (department, good, all_of) in expected.items():
            found = lines.filtered(lambda line: line.indicator_id.code == code)
            own = found.filtered(lambda line: line.sheet_id.department_id.id == departments[department])
            play.check(code, f"{own.numerator:.0f}/{own.denominator:.0f}", f"{good[0]}/{all_of[0]}")
            by_person = {
                line.sheet_id.user_id.login.removeprefix("employee"): (int(line.numerator), int(line.denominator))
                for line in found if line.sheet_id.employee_id
            }
            in_files = {row["employee_id"]: (good[1][row["employee_id"]], all_of[1][row["employee_id"]])
                        for row in files.employees}
            play.check(f"{code} of every salesperson", by_person == in_files, True)
