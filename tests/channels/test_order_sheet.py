from odoo.tests import BaseCase, tagged

from odoo.addons.sale_order_lifecycle.models.channels import order_address, order_sheet_cells

from .test_hostile_input import BoundCase


@tagged('post_install', '-at_install')
class TestOrderSheet(BoundCase, BaseCase):
    """What platforms write into cells, which knows neither database nor models."""

    def test_marks(self):
        for cell, value, code in (
            ('="0012"', "0012", "0012"), ('="a ""b"""', 'a "b"', 'a "b"'), ('\t123\t', "123", "123"),
            ("'0012", "'0012", "0012"), ("'+86 138", "'+86 138", "+86 138"), ("'t Hooft", "'t Hooft", "'t Hooft"),
            ('="', '="', '="'), (12, 12, 12), (None, None, None), ('=1+1', '=1+1', '=1+1'),
        ):
            with self.subTest(cell=cell):
                self.assertEqual(order_sheet_cells.clean_mark(cell), value)
                self.assertEqual(order_sheet_cells.clean_mark(cell, True), code)

    def test_moments(self):
        for text, plain in (
            ("Mar 5, 2024 3:12:10 PM", "2024-03-05 15:12:10"), ("March 5, 2024, 12:05 am", "2024-03-05 00:05"),
            ("9/6/2016 12:29:00 PM", "9/6/2016 12:29:00"), ("Sept. 1, 2024", "2024-09-01"),
            ("2024-05-01 10:11:12", "2024-05-01 10:11:12"), ("Foo 5, 2024", "Foo 5, 2024"), ("13:00 PM", "13:00 PM"),
            ("x" * 100, "x" * 100),
        ):
            with self.subTest(text=text):
                self.assertEqual(order_sheet_cells.plain_moment(text), plain)

    def test_items(self):
        for text, items in (
            ("name:A|sku:X|quantity:2|total:9.00;name:B; C|sku:Y|quantity:1|sub_total:5|total:4", [
                {'name': "A", 'sku': "X", 'quantity': "2", 'amount': "9.00"},
                {'name': "B; C", 'sku': "Y", 'quantity': "1", 'whole': "5", 'amount': "4"}]),
            ("name:A|sku:X|total:9.00", [None]),
            ("CHAIR × 2; DESK*1.5\nMAX2 x 3", [
                {'sku': "CHAIR", 'quantity': "2"}, {'sku': "DESK", 'quantity': "1.5"},
                {'sku': "MAX2", 'quantity': "3"}]),
            ("2× Chair, 1× Desk, oak", [{'sku': "Chair", 'quantity': "2"}, {'sku': "Desk, oak", 'quantity': "1"}]),
            ("CHAIR*2，DESK*1", [{'sku': "CHAIR", 'quantity': "2"}, {'sku': "DESK", 'quantity': "1"}]),
            ("CHAIR", [None]), ("CHAIR × two", [None]), ("MAX2", [None]), (" ; ", []),
        ):
            with self.subTest(text=text):
                self.assertEqual(order_sheet_cells.split_items(text), items)

    def test_addresses(self):
        for text, expected in (
            ("广东省 深圳市 南山区 科技园街道 科苑路8号 (518000)",
             {'country': 'CN', 'city': "广东省深圳市", 'street': "南山区 科技园街道 科苑路8号", 'zip': "518000"}),
            ("张三，86-13800138000，广东省 深圳市 南山区 科苑路8号，518000",
             {'name': "张三", 'phone': "86-13800138000", 'country': 'CN', 'city': "广东省深圳市",
              'street': "南山区 科苑路8号", 'zip': "518000"}),
            ("张三 13800138000 浙江省 杭州市 西湖区 文三路1号",
             {'name': "张三", 'phone': "13800138000", 'country': 'CN',
              'city': "浙江省杭州市", 'street': "西湖区 文三路1号"}),
            ("上海 上海市 浦东新区 世纪大道100号 3楼",
             {'country': 'CN', 'city': "上海市", 'street': "浦东新区 世纪大道100号 3楼"}),
            ("北京市朝阳区建国路1号，100022",
             {'country': 'CN', 'city': "北京市", 'street': "朝阳区建国路1号", 'zip': "100022"}),
            ("内蒙古自治区 锡林郭勒盟 锡林浩特市 1号",
             {'country': 'CN', 'city': "内蒙古自治区锡林郭勒盟", 'street': "锡林浩特市 1号"}),
            ("贵州省黔西南布依族苗族自治州兴义市桔山街道",
             {'country': 'CN', 'city': "贵州省黔西南布依族苗族自治州", 'street': "兴义市桔山街道"}),
            ("海南省 陵水黎族自治县 椰林镇 1号",
             {'country': 'CN', 'city': "海南省", 'street': "陵水黎族自治县 椰林镇 1号"}),
            ("香港特别行政区 九龙 旺角道1号", {'country': 'HK', 'city': "香港特别行政区九龙", 'street': "旺角道1号"}),
            # No region in front: nothing is told apart.
            ("上海路12号", {'street': "上海路12号"}), ("广东路5号，13800138000", {'street': "广东路5号，13800138000"}),
            ("12 Main Street, Austin, TX", {'street': "12 Main Street, Austin, TX"}),
            ("上海市" + "长" * 2000, {'street': "上海市" + "长" * 2000}),
        ):
            with self.subTest(text=text[:40]):
                self.assertEqual(order_address.split_address(text), expected)

    def test_regions(self):
        for region, country in (("广东省", 'CN'), ("新疆维吾尔自治区", 'CN'), ("上海", 'CN'), ("台湾省", 'TW'),
                                ("TX", None), (None, None)):
            self.assertEqual(order_address.get_country(region), country)

    def test_hostile(self):
        """Nothing that is in a cell takes long, and nothing of it is lost."""
        for text in ('name:a|' * 4_000, 'name:a|quantity:1;' * 1_800, '1, ' * 10_000, '1 ×' * 10_000, 'a x ' * 8_000,
                     '="' * 16_000, '广东' * 16_000, '上海 ' * 10_000, '，' * 32_000, ' ' * 32_000 + '1', '1' * 32_000):
            with self.subTest(text=text[:12]), self.assertFast(1):
                order_sheet_cells.split_items(text)
                order_sheet_cells.plain_moment(text)
                order_sheet_cells.clean_mark(text, True)
                self.assertEqual(order_address.split_address(text), {'street': text.strip()})
        # A cell that was too long has lost its end: what it says is not known.
        self.assertEqual(order_sheet_cells.split_items('CHAIR × 1; ' * 3_000), [None])
