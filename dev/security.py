"""Who may what: the tables of docs/security.md, made from the access rights and record rules that are installed.

Run it with `make security` (see dev/security). A test compares the document with a fresh rendering.
"""
import re
from collections import defaultdict
from pathlib import Path

import odoo.api

MODULE = "sale_order_lifecycle"
DOCUMENT = Path(__file__).resolve().parents[1] / "docs/security.md"
BEGIN, END = "<!-- made by `make security`: -->", "<!-- end of what is made -->"

# Who has rights here without a group of the addon.
OTHERS = [
    ("base.group_user", "Employee"), ("sales_team.group_sale_salesman", "Salesperson"),
    ("sales_team.group_sale_salesman_all_leads", "Sales, all orders"),
    ("sales_team.group_sale_manager", "Sales manager"),
    ("base.group_system", "Settings"), ("base.group_portal", "Customer"), ("base.group_public", "Public"),
]
# Models of Odoo whose values the gate rests on, beside those with guarded fields.
CORE = [
    "sale.order", "sale.order.line", "stock.picking", "stock.move", "mrp.production", "purchase.order", "account.move",
    "payment.transaction", "ir.attachment", "mail.message",
]
OPERATIONS = ("read", "write", "create", "unlink")
COMPANY = re.compile(r"company_ids?\b")


def main(registry, argv):
    if argv not in ([], ["--check"]):
        print("Usage: dev/security [--check]")
        return 2
    with registry.cursor() as cr:
        made = render(odoo.api.Environment(cr, odoo.api.SUPERUSER_ID, {}))
    present = DOCUMENT.read_text()
    fresh = insert(present, made)
    if fresh == present:
        print(f"{DOCUMENT.name} says what is installed")
        return 0
    if argv:
        print(f"{DOCUMENT.name} is stale: run `make security`")
        return 1
    DOCUMENT.write_text(fresh)
    print(f"{DOCUMENT.name} is written anew")
    return 0


def insert(document, made):
    """The document with these tables between its marks."""
    head, _begin, rest = document.partition(BEGIN)
    _old, _end, tail = rest.partition(END)
    return f"{head}{BEGIN}\n\n{made}\n{END}{tail}"


def render(env):
    """The tables, as Markdown."""
    env = env(context={"lang": "en_US", "active_test": True})
    groups = list_groups(env)
    models = list_models(env)
    parts = ["### Access by group\n"]
    for title, names in models:
        parts += [f"#### {title}\n", render_access(env, groups, names), ""]
    parts += ["### Record rules\n", render_rules(env, [name for _title, names in models for name in names]), ""]
    parts += ["### Fields that only actions write\n", render_guarded(env), ""]
    return "\n".join(parts)


def list_groups(env):
    """Pairs (short name, group): the addon's own, then the others."""
    data = env["ir.model.data"].search([("module", "=", MODULE), ("model", "=", "res.groups")])
    own = env["res.groups"].browse(data.mapped("res_id")).exists().sorted(lambda group: (group.sequence, group.id))
    return [(group.name.split(":")[0] if group.privilege_id else "Reader", group) for group in own] + [
        (name, env.ref(xmlid)) for xmlid, name in OTHERS]


def list_models(env):
    """Pairs (title, names of models): of the addon kept and passing, of Odoo."""
    mixin = env.registry["order.guarded.mixin"]
    own = sorted(
        name for name, model in env.registry.items() if model._original_module == MODULE and not model._abstract)
    guarded = {
        name for name, model in env.registry.items()
        if issubclass(model, mixin) and model._original_module != MODULE and not model._abstract}
    return [
        ("Models of the addon", [name for name in own if not env[name]._transient]),
        ("Dialogs of the addon", [name for name in own if env[name]._transient]),
        ("Models of Odoo", [name for name in CORE if name in env] + sorted(guarded - set(CORE))),
    ]


# -- access ---------------------------------------------------------------------------------------

def render_access(env, groups, names):
    rows = [("Model", *(name for name, _group in groups))]
    access, rules = read_access(env), read_rules(env)
    for name in names:
        rows.append((f"`{name}`", *(
            describe(access[name], rules[name], group | group.all_implied_ids) for _name, group in groups)))
    return render_table(rows)


def read_access(env):
    """Dict model → list of access rights."""
    found = defaultdict(list)
    for access in env["ir.model.access"].search([]):
        found[access.model_id.model].append(access)
    return found


def read_rules(env):
    """Dict model → list of record rules."""
    found = defaultdict(list)
    for rule in env["ir.rule"].search([], order="model_id, id"):
        found[rule.model_id.model].append(rule)
    return found


def describe(access, rules, groups):
    """What people in these groups alone may do: R W C D on all rows of their companies, small where a rule narrows."""
    text = ""
    for operation, letter in zip(OPERATIONS, "RWCD"):
        allowed = any(
            row[f"perm_{operation}"] and (not row.group_id or row.group_id in groups) for row in access)
        if allowed:
            text += letter.lower() if is_narrowed(rules, groups, operation) else letter
    return text or "·"


def is_narrowed(rules, groups, operation):
    """Whether a rule narrows the operation beyond the companies that the person works in."""
    rules = [rule for rule in rules if rule[f"perm_{operation}"]]
    own = [rule for rule in rules if rule.groups & groups]
    return any(not is_wide(rule) for rule in rules if not rule.groups) or (
        bool(own) and not any(is_wide(rule) for rule in own))


def is_wide(rule):
    """Whether a rule lets all rows of the companies pass."""
    domain = (rule.domain_force or "[]").strip()
    fields = set(re.findall(r"\(\s*['\"]([\w.]+)['\"]", domain))
    return domain == "[]" or not fields and "1" in domain or (
        bool(fields) and all(name.split(".")[-1] in ("company_id", "company_ids") for name in fields)
        and bool(COMPANY.search(domain)) and "!=" not in domain)


# -- rules and guarded fields ---------------------------------------------------------------------

def render_rules(env, names):
    rows, rules = [("Model", "For", "Operations", "Rows")], read_rules(env)
    for name in names:
        for rule in rules[name]:
            operations = "".join(
                letter for operation, letter in zip(OPERATIONS, "RWCD") if rule[f"perm_{operation}"])
            people = ", ".join(sorted(
                f"{group.privilege_id.name}: {group.name}" if group.privilege_id else group.name
                for group in rule.groups)) or "everybody"
            domain = re.sub(r"\s+", " ", (rule.domain_force or "[]").strip()).replace("|", "\\|")
            rows.append((f"`{name}`", people, operations, f"`{domain}`"))
    return render_table(rows)


def render_guarded(env):
    mixin = env.registry["order.guarded.mixin"]
    rows = [("Model", "Fields")]
    for name in sorted(env.registry):
        model = env.registry[name]
        if issubclass(model, mixin) and not model._abstract and (fields := env[name]._get_guarded_fields()):
            rows.append((f"`{name}`", ", ".join(f"`{field}`" for field in sorted(fields & set(env[name]._fields)))))
    return render_table(rows)


def render_table(rows):
    head, *body = rows
    lines = [head, ["---"] * len(head), *body]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
