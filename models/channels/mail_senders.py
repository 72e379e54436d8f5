"""Who has written a mail, by what its headers and the text of what it forwards say; addresses of programs."""
import itertools
import re
import unicodedata

from odoo.tools.mail import email_split_tuples

from .mail_text import MAX_HEADER

MAX_COMMENTS = 20
# So many senders, and places where one could stand, are looked at.
MAX_SENDERS = 50
MAX_COLONS = 5000
MAX_LINE = 400

# How mail programs introduce the sender of what is forwarded: Outlook and Foxmail, Gmail, Apple Mail, Thunderbird,
# in the languages of their users. Written as compared: without capital letters.
FROM_WORDS = (
    'from', 'sender',
    # Chinese, Japanese, Korean
    '发件人', '發件人', '寄件者', '寄件人', '送件者', '寄信人', '发信人', '發信人', '发送人', '发自', '來自', '来自',
    '差出人', '送信者', '送信元', '発信者', '보낸 사람', '보낸사람', '보낸이', '보낸 이', '발신자', '발신인',
    # Germanic and Nordic
    'von', 'absender', 'van', 'afzender', 'från', 'avsändare', 'fra', 'afsender', 'avsender', 'frá',
    # Romance
    'de', 'expéditeur', 'remitente', 'remetente', 'da', 'mittente', 'de la', 'expeditor',
    # Slavic and Baltic
    'od', 'nadawca', 'odesílatel', 'odosielateľ', 'pošiljatelj', 'от', 'от кого', 'отправитель', 'від', 'від кого',
    'відправник', 'подател', 'шаље', 'nuo', 'siuntėjas', 'sūtītājs',
    # Finnish, Estonian, Hungarian, Turkish, Greek
    'lähettäjä', 'saatja', 'feladó', 'küldő', 'kimden', 'gönderen', 'από', 'αποστολέας',
    # Arabic, Persian, Hebrew, Hindi, Thai, Vietnamese, Indonesian, Malay
    'من', 'المرسل', 'از', 'فرستنده', 'מאת', 'प्रेषक', 'จาก', 'từ', 'người gửi', 'dari', 'daripada', 'nork',
)
# What stands around such a word: quotation, bold type, marks of the direction of writing.
AROUND = ' \t\r\xa0\u3000*_>|\u200b\u200e\u200f\u202a\u202b\u202c\ufeff'

MARKS = dict.fromkeys(map(ord, '\u200b\u200e\u200f\u202a\u202b\u202c\ufeff'))

# What mail programs write before the subject that they answer in the absence of a person: Outlook and Exchange, QQ,
# 163, Foxmail and others, in the languages of their users.
AUTOMATIC_SUBJECTS = (
    'automatic reply', 'auto reply', 'autoreply', 'auto-reply', 'out of office', 'out of office reply',
    '自动回复', '自動回覆', '自動回復', '自动答复', '外出自动回复', '自動応答', '자동 회신', '자동회신', '자동응답',
    '부재중 응답',
    'automatische antwort', 'abwesenheitsnotiz', 'abwesend', 'automatisch antwoord', 'automatisch antwoordbericht',
    'autosvar', 'automatiskt svar', 'automatisk svar', 'automaattinen vastaus', 'réponse automatique',
    'respuesta automática', 'resposta automática', 'risposta automatica', 'răspuns automat', 'resposta automàtica',
    'automatyczna odpowiedź', 'odpowiedź automatyczna', 'automatická odpověď', 'automatická odpoveď',
    'samodejni odgovor', 'automatski odgovor', 'automatikus válasz', 'автоответ', 'автоматический ответ',
    'автоматична відповідь', 'автоматичен отговор', 'otomatik yanıt', 'αυτόματη απάντηση', 'תשובה אוטומטית',
    'رد تلقائي', 'ตอบกลับอัตโนมัติ', 'trả lời tự động', 'balasan otomatis',
)

# Software of shops and forms sends in the name of a customer. Nobody writes from these addresses.
PROGRAM_NAMES = frozenset((
    'wordpress', 'woocommerce', 'shopify', 'magento', 'prestashop', 'opencart', 'shopware', 'oxid', 'xtcommerce',
    'gambio', 'jtl', 'ecwid', 'bigcommerce', 'squarespace', 'wix', 'jimdo', 'drupal', 'joomla', 'typo3', 'odoo',
    'www-data', 'apache', 'nginx', 'httpd', 'webserver', 'formmail', 'webform', 'webforms', 'contactform', 'cf7',
    'wpforms', 'jotform', 'typeform', 'mailer', 'phpmailer', 'automailer', 'mailbot', 'webmailer', 'nobody',
))
# Systems of companies send from these, too: whoever is known by one is the customer.
AUTOMATIC_NAMES = frozenset((
    'noreply', 'donotreply', 'nepasrepondre', 'nicht-antworten', 'nichtantworten', 'noresponder', 'nonrispondere',
    'naoresponda', 'nieodpowiadac', 'notification', 'notifications', 'notify', 'notice', 'alert', 'alerts',
    'automatic', 'auto', 'automail', 'robot', 'bot', 'system', 'server', 'website', 'web', 'root', 'daemon', 'cron',
    'webmaster', 'messages', 'message', 'service-noreply',
))
# People write from these, and so do their shops.
SHOP_NAMES = frozenset((
    'shop', 'store', 'webshop', 'eshop', 'e-shop', 'onlineshop', 'online-shop', 'webstore', 'tienda', 'boutique',
    'negozio', 'loja', 'sklep', 'obchod', 'bestellung', 'bestellungen', 'orders', 'order', 'sales', 'info', 'hello',
))


def get_program_kind(address):
    """:return: ``program`` for an address of software, ``automatic`` for one that nobody reads, ``shop`` for one that
        people and their shop use, else None"""
    name = address.partition('@')[0].partition('+')[0].lower()
    bare = name.replace('-', '').replace('_', '').replace('.', '')
    if name in PROGRAM_NAMES:
        return 'program'
    if name in AUTOMATIC_NAMES or bare in AUTOMATIC_NAMES or bare.startswith('noreply') or bare.endswith('noreply'):
        return 'automatic'
    return 'shop' if name in SHOP_NAMES else None


def is_automatic_subject(text):
    """:return: whether a subject is one that programs write before that of the mail that they answer"""
    start, colon, _rest = unicodedata.normalize('NFC', text[:MAX_LINE]).replace('：', ':').partition(':')
    return bool(colon) and start.strip(AROUND + '[]【】()').lower() in AUTOMATIC_SUBJECTS


def split_addresses(text):
    """:return: list of pairs (name, address) at the beginning of a header, or of a line that says who has written"""
    text = text[:MAX_HEADER].replace('<mailto:', '<')
    name, bracket, rest = text.partition('<')
    address, closing, after = rest.partition('>')
    if bracket and closing and '@' in address and '@' not in name and '@' not in after:
        # “McDonald, Ronald <…>”: the comma of a single name separates nobody.
        return [(_unquote(name), address.strip())]
    if text.count('(') > MAX_COMMENTS:
        # Comments in comments are read by recursion.
        text = text.replace('(', ' ').replace(')', ' ')
    return email_split_tuples(text)


def _unquote(name):
    name = name.strip()
    if len(name) > 1 and name[0] == name[-1] and name[0] in '"\'':
        name = name[1:-1].replace('\\"', '"').replace('\\\\', '\\')
    return name.strip()


def list_forwarded(text):
    """Whoever programs name as the sender of what a text forwards.

    :param text: beginning of the text of a mail
    :return: list of pairs (name, address)
    """
    text = unicodedata.normalize('NFC', text)
    pairs = []
    for colon in itertools.islice(re.finditer('[:：]', text), MAX_COLONS):
        position = colon.start()
        if not _is_from_word(text[max(position - 40, 0):position]):
            continue
        # Outlook writes “Name [mailto:address]”, and links become “< address >”.
        line = text[position + 1:position + 1 + MAX_LINE].lstrip(AROUND + '\n').partition('\n')[0]
        line = ' '.join(line.translate(MARKS).split()).replace('[mailto:', '<').replace(']', '>')
        pairs += split_addresses(line.replace('< ', '<').replace(' >', '>'))[:1]
        if len(pairs) >= MAX_SENDERS:
            break
    return pairs


def _is_from_word(text):
    """:return: whether a text ends with a word that introduces a sender, which is no end of another word"""
    text = text.rpartition('\n')[2].rstrip(AROUND).lower()
    if not text.endswith(FROM_WORDS):
        return False
    return any(
        text.endswith(word) and (len(text) == len(word) or text[-len(word) - 1] in AROUND) for word in FROM_WORDS)
