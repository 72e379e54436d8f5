"""Chinese addresses that are written in one cell: province, city, the rest, often with a name, a phone number and a
postcode; without the ORM."""
import re
import unicodedata

# The regions of the first level, without their endings, by the country that an address there has.
_REGIONS = {
    'CN': "北京 天津 上海 重庆 河北 山西 辽宁 吉林 黑龙江 江苏 浙江 安徽 福建 江西 山东 河南 湖北 湖南 广东 海南 "
          "四川 贵州 云南 陕西 甘肃 青海 内蒙古 广西 西藏 宁夏 新疆",
    'HK': "香港",
    'MO': "澳门",
    'TW': "台湾",
}
_COUNTRY_BY_REGION = {name: code for code, names in _REGIONS.items() for name in names.split()}
_REGION_ENDINGS = ("维吾尔自治区", "壮族自治区", "回族自治区", "特别行政区", "自治区", "省", "市")
# Cities that are regions themselves.
_MUNICIPALITIES = ("北京", "天津", "上海", "重庆")
_CITY_ENDINGS = ("自治州", "地区", "市", "盟")
# No city has a longer name (积石山保安族东乡族撒拉族 is no city; 黔西南布依族苗族自治州 is the longest of its kind).
_MAX_CITY = 14
_MAX_TEXT = 1000
# What is in the names of districts and streets, and in that of no city.
_NO_CITY = "路街号区县镇乡"

_SEPARATORS = re.compile(r'[,，;；、\t\r\n]+')
_PHONE = re.compile(r'(?:\+?86[- ]?)?(?:1\d{10}|0\d{2,3}[- ]?\d{7,8})(?:[-转]\d{1,6})?', re.ASCII)
_ZIP = re.compile(r'\d{6}', re.ASCII)


def is_han(text):
    """:return: whether a text has a Chinese or Japanese character"""
    return any('\u3400' <= char <= '\u9fff' or '\u3040' <= char <= '\u30ff' for char in text)


def get_country(region):
    """:return: ISO code of the country in which a region of the first level lies, None where it is none"""
    name = (region or '').strip()
    for ending in _REGION_ENDINGS:
        if name.endswith(ending) and name != ending:
            name = name.removesuffix(ending)
            break
    return _COUNTRY_BY_REGION.get(name)


def split_address(text):
    """Read an address that is written in one cell. What cannot be told apart stays in the street.

    :return: dict with what was found of ``name``, ``phone``, ``zip``, ``country``, ``city`` (with its province) and
        ``street``; nothing of the text is in none of them
    """
    text = unicodedata.normalize('NFC', text).strip()
    if len(text) > _MAX_TEXT:
        return {'street': text}
    found, rest = {}, []
    for part in _split_parts(text):
        if 'phone' not in found and _PHONE.fullmatch(part):
            found['phone'] = part
        elif 'zip' not in found and _ZIP.fullmatch(part):
            found['zip'] = part
        else:
            rest.append(part)
    # Only an address that begins with a region is one whose parts are known.
    start = next((index for index, part in enumerate(rest) if _split_region(part)), None)
    if start is None:
        return {'street': text}
    if start == 1 and len(rest[0]) <= 40:
        found['name'] = rest.pop(0)
    elif start:
        return {'street': text}
    region, left = _split_region(rest[0])
    rest[0] = left
    found['country'] = get_country(region)
    street = _join(rest)
    if 'zip' not in found:
        street, code = _split_zip(street)
        if code:
            found['zip'] = code
    city, street = _split_city(region, street)
    found['city'] = city
    if street:
        found['street'] = street
    return found


def _split_parts(text):
    """:return: list of the parts between separators; a name and a phone number in front may be there with spaces"""
    parts = [part for part in map(str.strip, _SEPARATORS.split(text)) if part]
    if len(parts) == 1:
        words = parts[0].split()
        start = next((index for index, word in enumerate(words[:4]) if _split_region(word)), 0)
        parts = [*words[:start], ' '.join(words[start:])]
    return parts


def _split_zip(text):
    """:return: pair (text, postcode behind it or None)"""
    plain = text.rstrip(')） ')
    if _ZIP.fullmatch(plain[-6:]) and plain[-7:-6] in (' ', '(', '（'):
        return plain[:-6].rstrip('(（ '), plain[-6:]
    return text, None


def _split_region(text):
    """:return: pair (region with its ending, what follows), None unless the text begins with one"""
    for length in (3, 2):
        if text[:length] not in _COUNTRY_BY_REGION:
            continue
        name, left = text[:length], text[length:]
        for ending in _REGION_ENDINGS:
            if left.startswith(ending):
                return name + ending, left[len(ending):].strip()
        # Streets are called after regions, too: 上海路 is none.
        if not left or left[0].isspace() or left.startswith(name) or _find_city_end(left):
            return name, left.strip()
    return None


def _find_city_end(text):
    """:return: number of characters of the city with which a text begins, 0 if it begins with none"""
    head = text[:_MAX_CITY]
    end = min((head.index(ending) + len(ending) for ending in _CITY_ENDINGS if head.find(ending) > 0), default=0)
    return 0 if any(char.isspace() or char.isdigit() or char in _NO_CITY for char in head[:end]) else end


def _split_city(region, text):
    """:return: pair (city, behind its province where it has one; the rest)"""
    name = region.removesuffix("市")
    if name in _MUNICIPALITIES:
        for again in (f"{name}市", name):
            if text.startswith(again):
                return f"{name}市", text[len(again):].strip()
        if text.startswith("市辖区"):
            return f"{name}市", text[3:].strip()
        return f"{name}市", text
    if end := _find_city_end(text):
        return region + text[:end], text[end:].strip()
    # A first word without an ending is the city, if there is a space behind it.
    word, space, left = text.partition(' ')
    if space and is_han(word) and len(word) <= _MAX_CITY and not any(
            char.isdigit() or char in _NO_CITY for char in word):
        return region + word, left.strip()
    return region, text


def _join(parts):
    parts = [part for part in parts if part]
    return ''.join(parts[:1]) + ''.join(f"，{part}" if is_han(part) else f", {part}" for part in parts[1:])
