"""The tree is in order: a room is a topic, stands at its place, and uses only what stands before it."""
import ast
import re
from collections import Counter, defaultdict
from pathlib import Path

from odoo.tests import TransactionCase, tagged

from odoo.addons import sale_order_lifecycle

ADDON = Path(sale_order_lifecycle.__file__).resolve().parent
FOLDERS = ('models', 'views', 'wizards', 'reports', 'security', 'data', 'demo', 'controllers', 'tests')
# What asks and writes nothing, by its name; “find or create” says what it does.
ASKING = re.compile(r'_(can|compute|describe|filter|find|get|has|is|may|pick|search)_(?!or_create)')
WRITING = {
    '_create_guarded', '_message_log', '_message_log_batch', '_trigger', '_unlink_guarded', '_write_guarded',
    'activity_schedule', 'copy', 'create', 'message_notify', 'message_post', 'unlink', 'write'}
# Where a part outgrows this, it is split by topic.
MAX_LINES = 600
# What is no room.
OTHERS = {'tests': {'optional'}, 'models': set()}


def read_rooms():
    """:return: the rooms, in their order"""
    return re.findall(r'^from \. import (\w+)', (ADDON / 'models/__init__.py').read_text(), re.MULTILINE)


def read_imports(path):
    """:return: the rooms of ``models`` that a file imports from"""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom):
            name = node.module or ''
            if node.level == 2 and path.parent.parent == ADDON / 'models':
                yield from [name.partition('.')[0]] if name else [alias.name for alias in node.names]
            elif found := re.search(r'(?:^|sale_order_lifecycle\.)models\.(\w+)', name):
                yield found[1]


def read_model(node):
    """:return: the name of the model that a class defines or extends, None for other classes"""
    found = {}
    for item in node.body:
        if isinstance(item, ast.Assign) and isinstance(item.targets[0], ast.Name):
            name = item.targets[0].id
            if name in ('_name', '_inherit'):
                found[name] = ast.literal_eval(item.value)
    model = found.get('_name') or found.get('_inherit')
    return model if isinstance(model, str) else None


def read_calls():
    """:return: dict name of a method of models and dialogs → set of the names of the methods that it calls"""
    calls = defaultdict(set)
    for path in [*(ADDON / 'models').rglob('*.py'), *(ADDON / 'wizards').rglob('*.py')]:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef):
                # A command is no write yet, and a method calls those that it extends.
                calls[node.name].update(
                    call.func.attr for call in ast.walk(node) if isinstance(call, ast.Call)
                    and isinstance(call.func, ast.Attribute) and call.func.attr != node.name
                    and not (isinstance(call.func.value, ast.Name) and call.func.value.id == 'Command'))
    return calls


def find_writing(calls):
    """:return: dict name of a private method that writes, itself or by what it calls → why"""
    writing = dict.fromkeys(WRITING, '')
    found = True
    while found:
        found = {
            name: called for name, names in calls.items() if name not in writing and name.startswith('_')
            for called in sorted(names & writing.keys())}
        writing.update(found)
    return writing


@tagged('post_install', '-at_install')
class TestHouse(TransactionCase):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rooms = read_rooms()

    def test_folders_are_rooms(self):
        self.assertIn('channels', self.rooms)
        for folder in [*FOLDERS, 'static/src', 'static/tests/tours']:
            # A room that has moved may leave compiled files behind.
            found = {path.name for path in (ADDON / folder).iterdir() if path.is_dir() and any(
                file.name != '__pycache__' for file in path.iterdir())}
            found -= {'__pycache__', 'scss', *OTHERS.get(folder, ())}
            with self.subTest(folder=folder):
                self.assertLessEqual(found, set(self.rooms))

    def test_imports(self):
        """A room imports nothing of a later one."""
        checked = 0
        for folder in ('models', 'wizards', 'controllers', 'reports'):
            for number, room in enumerate(self.rooms):
                for path in sorted((ADDON / folder / room).glob('*.py')):
                    for name in read_imports(path):
                        if name in self.rooms:
                            checked += 1
                            with self.subTest(file=f'{folder}/{room}/{path.name}', imports=name):
                                self.assertLessEqual(self.rooms.index(name), number)
        self.assertGreater(checked, 20)

    def test_names(self):
        """A room asks for no method or field that only a later room defines."""
        own, of_others = {}, set()
        for model in self.env.values():
            for cls in type(model).__mro__:
                found = re.match(rf'{sale_order_lifecycle.__name__}\.models\.(\w+)', cls.__module__)
                for name in vars(cls):
                    if found:
                        own.setdefault(name, set()).add(found[1])
                    elif cls.__module__.startswith('odoo.') and not cls.__module__.startswith('odoo.orm.registry'):
                        of_others.add(name)
        checked = 0
        for number, room in enumerate(self.rooms):
            later = set(self.rooms[number + 1:])
            for path in sorted((ADDON / 'models' / room).glob('*.py')):
                for node in ast.walk(ast.parse(path.read_text())):
                    # Names without an underscore are those of other objects, too.
                    if isinstance(node, ast.Attribute) and '_' in node.attr and node.attr not in of_others and (
                            rooms := own.get(node.attr)):
                        checked += 1
                        with self.subTest(file=f'{room}/{path.name}', line=node.lineno, name=node.attr):
                            self.assertFalse(rooms <= later)
        self.assertGreater(checked, 1000)

    def test_defined_once(self):
        """In a room, a method of a model is defined once: else it works only in the order of the imports."""
        for room in self.rooms:
            definitions = defaultdict(Counter)
            for path in sorted((ADDON / 'models' / room).glob('*.py')):
                for node in ast.parse(path.read_text()).body:
                    if isinstance(node, ast.ClassDef) and (model := read_model(node)):
                        definitions[model].update({
                            item.name for item in node.body if isinstance(item, ast.FunctionDef)})
            for model, counts in definitions.items():
                with self.subTest(room=room, model=model):
                    self.assertFalse({name for name, count in counts.items() if count > 1})

    def test_written_in_one_place(self):
        """What a write of orders leads to is one list of steps: no room overrides the write itself."""
        found = [
            path.name for path in (ADDON / 'models').rglob('*.py') for node in ast.parse(path.read_text()).body
            if isinstance(node, ast.ClassDef) and read_model(node) == 'sale.order'
            and any(isinstance(item, ast.FunctionDef) and item.name == 'write' for item in node.body)]
        self.assertEqual(found, ['sale_order.py'])

    def test_questions_write_nothing(self):
        """What is called a question, such as ``_get_…`` or ``_is_…``, writes nothing, nor does what it calls."""
        calls = read_calls()
        self.assertGreater(sum(bool(ASKING.match(name)) for name in calls), 500)
        writing = find_writing(calls)
        self.assertEqual({name: why for name, why in writing.items() if ASKING.match(name)}, {})

    def test_names_of_files(self):
        """A file holds the part of one model, is named after it and is short enough to be read, or is plain Python."""
        for path in sorted((ADDON / 'models').glob('*/*.py')):
            text = path.read_text()
            models = {
                model.replace('.', '_') for node in ast.parse(text).body
                if isinstance(node, ast.ClassDef) and (model := read_model(node))}
            with self.subTest(file=f'{path.parent.name}/{path.name}'):
                self.assertLessEqual(len(models), 1)
                self.assertTrue(all(f'{path.stem}_'.startswith(f'{model}_') for model in models))
                self.assertLessEqual(text.count('\n'), MAX_LINES)

    def test_order_of_loading(self):
        """The folders load their rooms in the same order, and the manifest its files."""
        for folder in ('wizards', 'controllers', 'reports', 'tests'):
            found = re.findall(r'^from \. import (\w+)', (ADDON / folder / '__init__.py').read_text(), re.MULTILINE)
            found = [name for name in found if name in self.rooms]
            with self.subTest(folder=folder):
                self.assertEqual(found, sorted(found, key=self.rooms.index))
        files = ast.literal_eval((ADDON / '__manifest__.py').read_text())['data']
        for folder in ('security', 'data', 'wizards', 'reports', 'views'):
            found = [room for file in files for room in [file.split('/')[1]] if file.startswith(f'{folder}/')
                     and room in self.rooms]
            with self.subTest(folder=folder):
                self.assertEqual(found, sorted(found, key=self.rooms.index))

    def test_files_are_loaded(self):
        """No file lies in a room that nothing loads."""
        for folder in ('models', 'wizards', 'controllers', 'reports', 'tests'):
            for room in self.rooms:
                init = ADDON / folder / room / '__init__.py'
                if not init.exists():
                    continue
                loaded = set(re.findall(r'^from \. import (\w+)', init.read_text(), re.MULTILINE))
                if folder == 'tests':
                    names = {path.stem for path in init.parent.glob('test_*.py')}
                else:
                    # Other files are used by those that are loaded.
                    base = r'models\.' if folder == 'models' else ''
                    names = {path.stem for path in init.parent.glob('*.py') if re.search(
                        rf'^class \w+\({base}', path.read_text(), re.MULTILINE)}
                with self.subTest(folder=folder, room=room):
                    self.assertLessEqual(names, loaded)
        declared = ast.literal_eval((ADDON / '__manifest__.py').read_text())
        for folder in ('views', 'security', 'data', 'demo', 'wizards', 'reports'):
            for path in (ADDON / folder).rglob('*'):
                if path.suffix in ('.xml', '.csv'):
                    name = str(path.relative_to(ADDON))
                    with self.subTest(file=name):
                        self.assertIn(name, [*declared['data'], *declared['demo']])

    def test_steps(self):
        """docs/architecture.md lists the steps as they are: on a difference, the table is what the test says."""
        document = (ADDON / 'docs/architecture.md').read_text()
        Order = self.env['sale.order']
        for title, steps in (
            ("What surrounds a write of orders", Order._get_write_steps()),
            ("What follows when an order is accepted", Order._get_acceptance_steps()),
        ):
            numbers = [number for number, _step in steps]
            with self.subTest(title=title):
                self.assertEqual(len(set(numbers)), len(numbers), "two steps of one number")
                section = document.partition(f'## {title}\n')[2].partition('\n## ')[0]
                self.assertEqual(
                    re.findall(r'^\| \d.*', section, re.MULTILINE), list(map(self.describe_step, sorted(steps))))

    def describe_step(self, step):
        """:return: the row of the table: number, method, room, and the first sentence that the method says of itself"""
        number, name = step
        # As the first room defines it that has it.
        method = [vars(cls)[name] for cls in type(self.env['sale.order']).__mro__ if name in vars(cls)][-1]
        room = method.__module__.split('.')[-2]
        text = ' '.join(method.__doc__.strip().partition('\n\n')[0].split()).partition('. ')[0].rstrip('.')
        return f'| {number} | `{name}` | `{room}` | {text} |'

    def test_stations(self):
        """docs/architecture.md names stations that there are."""
        section = (ADDON / 'docs/architecture.md').read_text().partition('## How an order gets there\n')[2].partition(
            '\n## ')[0]
        stations = re.findall(r'^\| `([a-z.]+)\.(\w+)` \| (.*) \|$', section, re.MULTILINE)
        self.assertGreater(len(stations), 15)
        for model, method, text in stations:
            # What is named beside it belongs to the same model.
            for name in [method, *re.findall(r'`(\w+)`', text)]:
                with self.subTest(model=model, name=name):
                    self.assertTrue(callable(getattr(type(self.env[model]), name, None)))

    def test_document(self):
        """docs/architecture.md names the rooms, the steps and the places as they are."""
        document = (ADDON / 'docs/architecture.md').read_text()
        rooms = re.findall(r'^\| `(\w+)` \|', document, re.MULTILINE)
        self.assertEqual(rooms, self.rooms)
        listed = (ADDON / 'README.md').read_text().partition('in the order of the business:')[2].partition('.')[0]
        self.assertEqual(['mixins', *re.findall(r'`(\w+)`', listed)], self.rooms)
        places = document.partition('## Where is')[2]
        for path in re.findall(r'`([\w/]+/\w+\.\w+)`', places):
            with self.subTest(path=path):
                self.assertTrue((ADDON / path).exists())
        for method in re.findall(r'`(_\w+)` in the? ?`?([\w/]*\w+\.py)', places):
            with self.subTest(method=method):
                self.assertTrue(any(
                    method[0] in path.read_text() for path in (ADDON / 'models').rglob(method[1].split('/')[-1])))
