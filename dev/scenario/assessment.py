"""The assessment of a period: computed, confirmed, published, with the measures that follow from it."""

from . import paper
from .stage import PEOPLE, Stage


class Assessment(Stage):

    def employ(self):
        """Whoever works for a role becomes an employee of the department that answers for it."""
        with self.acting() as env:
            env["hr.employee"].create([{
                "name": PEOPLE[row.role_id.code][0], "user_id": self.users[row.role_id.code],
                "company_id": env.company.id, "department_id": row.department_id.id,
            } for row in env.company.order_policy_id.responsibility_ids if row.role_id.code in self.users])

    def assess(self, date_from, date_to):
        """Assess the departments and people, and decide what the grades propose.

        :return: whether as many records as were counted lie behind every number
        """
        print("\nThe assessment")
        self.employ()
        with self.step(f"Compute the figures from {date_from} to {date_to}", "assessor") as env:
            assessment = env["order.assessment"].create({
                "policy_id": env.company.sudo().order_policy_id.id, "date_from": date_from, "date_to": date_to})
            assessment.action_compute()
            assessment_id = assessment.id
        with self.step("Open the evidence of every number", "assessor") as env:
            good = True
            lines = env["order.assessment"].browse(assessment_id).sheet_ids.line_ids.filtered("case_count")
            for line in lines:
                action = line.action_open_evidence()
                good &= env[action["res_model"]].sudo().search_count(action["domain"]) == line.case_count
        with self.step("Confirm and publish it", "assessor") as env:
            assessment = env["order.assessment"].browse(assessment_id)
            assessment.action_confirm()
            assessment.action_publish()
            for sheet in assessment.sheet_ids.filtered("is_rated"):
                print(f"  = {sheet._get_subject_name():<30} {sheet.score:6.2f} {sheet.grade_id.name}")
        with self.step("Decide the measures that the grades propose", "assessor") as env:
            env["order.assessment"].browse(assessment_id).sheet_ids.measure_ids.action_decide()
        with self.acting() as env:
            kinds = env["order.assessment"].browse(assessment_id).sheet_ids.measure_ids.mapped("kind")
        for lang in ("en_US", "zh_CN"):
            with self.step(f"Print the notices in {lang}", "assessor") as env:
                for measure in env["order.assessment"].with_context(lang=lang).browse(
                        assessment_id).sheet_ids.measure_ids:
                    paper.save(f"Notices/{measure.display_name} {lang}.pdf", paper.print_report(
                        "sale_order_lifecycle.action_report_order_measure", measure))
        return good and "rectification" in kinds
