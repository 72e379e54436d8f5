"""Writes the files of this folder anew: `python3 dev/data/marketplace/make.py`.

Sixty orders of a Japanese lamp shop as three shops of it export them, and the figures that follow from what was drawn,
without anything of the addon. The seed is fixed: the files are the same each time.
"""

import csv
import json
import random
from datetime import datetime, timedelta
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
SEED = 20240501

PRODUCTS = [
    ("LAMP-01", "和紙ランプ 丸", 4800), ("LAMP-02", "和紙ランプ 角", 5200), ("LAMP-03", "吊り灯籠", 12800),
    ("LAMP-04", "石灯籠 小", 24000), ("LAMP-05", "行灯 竹", 7600), ("LAMP-06", "提灯 赤", 1800),
    ("LAMP-07", "提灯 白", 1800), ("BULB-01", "LED電球 暖色", 900), ("BULB-02", "LED電球 昼白色", 900),
    ("CORD-01", "コード 三メートル", 1200), ("STAND-01", "木製スタンド", 3400), ("SHADE-01", "替え和紙", 2200),
]
SHIPPING = "SHIP-JP"

# prefecture, city, streets, beginning of the postcodes, area code
PLACES = [
    ("東京都", "渋谷区", "神宮前", "150", "03"), ("東京都", "台東区", "浅草", "111", "03"),
    ("大阪府", "大阪市北区", "梅田", "530", "06"),
    ("京都府", "京都市東山区", "祇園町", "605", "075"), ("北海道", "札幌市中央区", "大通西", "060", "011"),
    ("福岡県", "福岡市博多区", "中洲", "810", "092"), ("石川県", "金沢市", "東山", "920", "076"),
    ("沖縄県", "那覇市", "牧志", "900", "098"), ("青森県", "青森市", "新町", "030", "017"),
]
FAMILIES = (
    "佐藤 鈴木 高橋 田中 伊藤 渡辺 山本 中村 小林 加藤 吉田 山田 佐々木 山口 松本 井上 木村 林 清水 山崎 森 池田 橋本 "
    "阿部")
GIVEN = "美咲 翔太 陽菜 大輝 結衣 蓮 さくら 健太 葵 拓海 ひなた 悠斗"
SHOPIFY = (
    "Name,Email,Financial Status,Paid at,Fulfillment Status,Fulfilled at,Accepts Marketing,Currency,Subtotal,Shipping,"
    "Taxes,Total,Discount Code,Discount Amount,Shipping Method,Created at,Lineitem quantity,Lineitem name,"
    "Lineitem price,"
    "Lineitem compare at price,Lineitem sku,Lineitem requires shipping,Lineitem taxable,Lineitem fulfillment status,"
    "Billing Name,Billing Street,Billing Address1,Billing Address2,Billing Company,Billing City,Billing Zip,"
    "Billing Province,Billing Country,Billing Phone,Shipping Name,Shipping Street,Shipping Address1,Shipping Address2,"
    "Shipping Company,Shipping City,Shipping Zip,Shipping Province,Shipping Country,Shipping Phone,Notes,"
    "Note Attributes,Cancelled at,Payment Method,Payment Reference,Refunded Amount,Vendor,Id,Tags,Risk Level,Source,"
    "Lineitem discount,Phone")
AMAZON = (
    "order-id,order-item-id,purchase-date,payments-date,buyer-email,buyer-name,buyer-phone-number,sku,product-name,"
    "quantity-purchased,currency,item-price,item-tax,shipping-price,shipping-tax,ship-service-level,recipient-name,"
    "ship-address-1,ship-address-2,ship-address-3,ship-city,ship-state,ship-postal-code,ship-country,ship-phone-number,"
    "item-promotion-discount,item-promotion-id,ship-promotion-discount,ship-promotion-id,order-status,item-status")
WOOCOMMERCE = (
    "order_id,order_number,order_date,paid_date,status,shipping_total,shipping_tax_total,fee_total,tax_total,"
    "discount_total,order_total,refunded_total,order_currency,payment_method,customer_email,billing_first_name,"
    "billing_last_name,billing_company,billing_phone,billing_address_1,billing_address_2,billing_postcode,billing_city,"
    "billing_state,billing_country,shipping_first_name,shipping_last_name,shipping_company,shipping_address_1,"
    "shipping_address_2,shipping_postcode,shipping_city,shipping_state,shipping_country,customer_note,line_items")


class Maker:
    """Draws orders, and counts what they come to."""

    def __init__(self):
        self.random = random.Random(SEED)
        self.names = [(family, given) for family in FAMILIES.split() for given in GIVEN.split()]
        self.random.shuffle(self.names)
        self.figures = {"files": {}, "net_value": 0, "lines": 0, "in_notes": 0}
        self.orders = []  # (reference, value) of those that are orders
        self.customers = set()

    # -- what is drawn ------------------------------------------------------------------------------

    def draw_person(self, number, domain):
        family, given = self.names.pop()
        prefecture, city, street, code, area = self.random.choice(PLACES)
        block, house, door = (self.random.randint(1, most) for most in (9, 30, 20))
        return {
            "family": family, "given": given, "email": f"c{number:02}@{domain}", "prefecture": prefecture, "city": city,
            "street": f"{street}{block}丁目{house}-{door}",
            "zip": f"{code}-{self.random.randint(1, 9999):04}",
            # Ten digits, different ones for each person.
            "phone": f"{area}-5{number:0{5 - len(area)}}-{self.random.randint(1000, 9999)}",
        }

    def draw_people(self, count, first, domain):
        return [self.draw_person(first + number, domain) for number in range(count)]

    def draw_lines(self):
        """:return: list of tuples (internal reference, name, price, quantity)"""
        return [(*product, self.random.choice((1, 1, 2, 3, 10)))
                for product in self.random.sample(PRODUCTS, self.random.choice((1, 1, 2, 3)))]

    def draw_moment(self):
        return datetime(2024, 5, 1, 9) + timedelta(minutes=self.random.randint(0, 30 * 24 * 60))

    # -- what is counted ----------------------------------------------------------------------------

    def count(self, file, result, rows):
        counts = self.figures["files"].setdefault(file, {"rows": {}, "orders": {}})
        for what, number in (("rows", rows), ("orders", 1)):
            counts[what][result] = counts[what].get(result, 0) + number

    def count_order(self, reference, values, email, in_notes=0):
        self.orders.append((reference, sum(values)))
        self.figures["net_value"] += sum(values)
        self.figures["lines"] += len(values)
        self.figures["in_notes"] += in_notes
        self.customers.add(email)

    # -- Shopify ------------------------------------------------------------------------------------

    def make_shopify(self):
        people = self.draw_people(14, 1, "example.jp")
        rows = []
        for number in range(28):
            reference, buyer, lines = f"#{1001 + number}", self.random.choice(people), self.draw_lines()
            receiver = self.random.choice(people) if number % 7 == 3 else buyer
            moment = self.draw_moment().strftime("%Y-%m-%d %H:%M:%S +0900")
            goods = sum(price * quantity for _sku, _name, price, quantity in lines)
            discount = goods // 10 if number % 5 == 2 else 0
            shipping = 0 if goods >= 10000 else 800
            status = {9: "refunded", 20: "voided"}.get(number, "paid")
            first = {
                "Email": buyer["email"], "Financial Status": status, "Fulfillment Status": "unfulfilled",
                "Currency": "JPY", "Subtotal": goods - discount, "Shipping": shipping, "Taxes": 0,
                "Total": goods - discount + shipping, "Discount Code": "HIKARI10" if discount else "",
                "Discount Amount": discount, "Created at": moment,
                "Notes": "不在の場合は宅配ボックスへ" if number % 9 == 4 else "",
                "Cancelled at": moment if number == 15 else "", "Refunded Amount": goods if status == "refunded" else 0,
                "Id": 5600000000000 + number, "Source": "web",
                **self.get_shopify_address("Billing", buyer), **self.get_shopify_address("Shipping", receiver),
            }
            for index, (sku, name, price, quantity) in enumerate(lines):
                rows.append({
                    "Name": reference, "Email": buyer["email"], **(first if not index else {}),
                    "Lineitem quantity": quantity, "Lineitem name": name, "Lineitem price": f"{price}.00",
                    "Lineitem sku": sku, "Lineitem requires shipping": "true", "Lineitem discount": "0.00"})
            if status != "paid" or first["Cancelled at"]:
                self.count("shopify.csv", "skipped", len(lines))
                continue
            self.count("shopify.csv", "created", len(lines))
            share = 10 if discount else 0
            self.count_order(
                reference,
                [price * quantity * (100 - share) // 100 for _sku, _name, price, quantity in lines]
                + [shipping] * bool(shipping), buyer["email"])
        self.write("shopify.csv", SHOPIFY, rows)

    def get_shopify_address(self, kind, person):
        return {
            f"{kind} Name": f"{person['family']} {person['given']}", f"{kind} Street": person["street"],
            f"{kind} Address1": person["street"], f"{kind} City": person["city"], f"{kind} Zip": f"'{person['zip']}",
            f"{kind} Province": person["prefecture"], f"{kind} Country": "JP", f"{kind} Phone": f"'{person['phone']}"}

    # -- Amazon -------------------------------------------------------------------------------------

    def make_amazon(self):
        people = self.draw_people(10, 31, "marketplace.amazon.co.jp")
        rows = []
        for number in range(20):
            reference, buyer, lines = f"249-{7000001 + 31 * number}-{8000003 + 17 * number}", self.random.choice(
                people), self.draw_lines()
            moment = self.draw_moment().strftime("%Y-%m-%dT%H:%M:%S+00:00")
            values, in_notes, left_out = [], 0, 0
            for index, (sku, name, price, quantity) in enumerate(lines):
                is_cancelled = number == 6 and index == len(lines) - 1 and len(lines) > 1
                shipping = 500 if not index else 0
                promotion = price * quantity // 20 if number % 6 == 1 else 0
                rows.append({
                    "order-id": reference, "order-item-id": f"{58000000 + 10 * number + index}",
                    "purchase-date": moment, "payments-date": moment, "buyer-email": buyer["email"],
                    "buyer-name": buyer["family"] + buyer["given"], "buyer-phone-number": buyer["phone"], "sku": sku,
                    "product-name": name, "quantity-purchased": quantity, "currency": "JPY",
                    "item-price": price * quantity, "item-tax": 0, "shipping-price": shipping, "shipping-tax": 0,
                    "ship-service-level": "Standard", "recipient-name": buyer["family"] + buyer["given"],
                    "ship-address-1": buyer["street"], "ship-city": buyer["city"], "ship-state": buyer["prefecture"],
                    "ship-postal-code": buyer["zip"], "ship-country": "JP", "item-promotion-discount": promotion or "",
                    "order-status": "Cancelled" if number in (3, 13) else "Unshipped",
                    "item-status": "Cancelled" if is_cancelled else "Unshipped"})
                if is_cancelled:
                    left_out += 1
                else:
                    values.append(price * quantity - promotion)
                    in_notes += shipping
            if number in (3, 13):
                self.count("amazon.txt", "skipped", len(lines))
                continue
            self.count("amazon.txt", "created", len(values))
            if left_out:
                self.figures["files"]["amazon.txt"]["rows"]["skipped"] = left_out + self.figures["files"]["amazon.txt"][
                    "rows"].get("skipped", 0)
            self.count_order(reference, values, buyer["email"], in_notes)
        self.write("amazon.txt", AMAZON, rows, "\t")

    # -- WooCommerce --------------------------------------------------------------------------------

    def make_woocommerce(self):
        people = self.draw_people(8, 61, "example.net")
        rows = []
        for number in range(12):
            reference, buyer, lines = f"JP-{301 + number}", self.random.choice(people), self.draw_lines()
            if number == 8:
                lines.append(("GONE-99", "廃番の灯り", 3000, 1))
            items, values = [], []
            for index, (sku, name, price, quantity) in enumerate(lines):
                total = price * quantity * (80 if number % 4 == 1 else 100) // 100
                values.append(total)
                items.append(
                    f"id:{900 + 10 * number + index}|name:{name}|product_id:{40 + index}|sku:{sku}|quantity:{quantity}"
                    f"|subtotal:{price * quantity}.00|subtotal_tax:0.00|total:{total}.00|total_tax:0.00|refunded:0.00")
            goods = sum(price * quantity for _sku, _name, price, quantity in lines)
            shipping = 600 if number % 3 else 0
            moment = self.draw_moment().strftime("%Y-%m-%d %H:%M:%S")
            status = "cancelled" if number == 4 else "processing"
            address = {"address_1": buyer["street"], "postcode": buyer["zip"], "city": buyer["city"],
                       "state": buyer["prefecture"], "country": "JP", "first_name": buyer["given"],
                       "last_name": buyer["family"]}
            rows.append({
                "order_id": 300 + number, "order_number": reference, "order_date": moment, "paid_date": moment,
                "status": status, "shipping_total": f"{shipping}.00", "shipping_tax_total": "0.00", "fee_total": "0.00",
                "tax_total": "0.00", "discount_total": f"{goods - sum(values)}.00",
                "order_total": f"{sum(values) + shipping}.00", "refunded_total": "0.00", "order_currency": "JPY",
                "payment_method": "bacs", "customer_email": buyer["email"], "billing_phone": buyer["phone"],
                "line_items": ";".join(items),
                **{f"{kind}_{key}": value for kind in ("billing", "shipping") for key, value in address.items()}})
            result = "skipped" if status == "cancelled" else "rejected" if number == 8 else "created"
            self.count("woocommerce.csv", result, 1)
            if result == "created":
                self.count_order(reference, values, buyer["email"], shipping)
        self.write("woocommerce.csv", WOOCOMMERCE, rows)

    # -- files --------------------------------------------------------------------------------------

    def write(self, name, header, rows, delimiter=","):
        header = header.split(",")
        with open(FOLDER / name, "w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, header, delimiter=delimiter)
            writer.writeheader()
            writer.writerows(rows)

    def make(self):
        self.make_shopify()
        self.make_amazon()
        self.make_woocommerce()
        self.write("products.csv", "sku,name,price", [
            dict(zip(("sku", "name", "price"), product, strict=True))
            for product in [*PRODUCTS, (SHIPPING, "送料", 800)]])
        # Each tenth order waits; the others go out within two weeks, the day is promised for the first of them.
        shipments = [
            (reference, "" if number % 10 == 9 else str((datetime(2024, 6, 4) + timedelta(days=number % 11)).date()))
            for number, (reference, _value) in enumerate(self.orders)]
        self.write("shipments.csv", "reference,shipped_on", [
            {"reference": reference, "shipped_on": day} for reference, day in shipments])
        shipped = {reference: day for reference, day in shipments if day}
        self.figures.update(
            orders=len(self.orders), customers=len(self.customers), shipped=len(shipped),
            shipped_value=sum(value for reference, value in self.orders if reference in shipped),
            promised_on="2024-06-12", late=sum(day > "2024-06-12" for day in shipped.values()))
        with open(FOLDER / "figures.json", "w", encoding="utf-8") as file:
            json.dump(self.figures, file, indent=2, sort_keys=True)
            file.write("\n")


if __name__ == "__main__":
    Maker().make()
