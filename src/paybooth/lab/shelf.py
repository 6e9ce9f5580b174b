"""The goods of the demo shop: some sixty made-up products with valid barcodes, as the CSV a shop would import."""

from __future__ import annotations

PRICE_RULES = """
[[rule]]
id = "crisps-half"
kind = "nth_percent"
label_zh = "第二件半价"
label_en = "2nd half price"
skus = ["P101", "P102"]
n = 2
percent = 50

[[rule]]
id = "water-three"
kind = "nth_free"
label_zh = "买二送一"
label_en = "3 for 2"
skus = ["P201", "P202"]
n = 3

[[rule]]
id = "yogurt-two"
kind = "bundle"
label_zh = "两杯 9.90"
label_en = "2 for 9.90"
skus = ["P301", "P302"]
n = 2
price = "9.90"

[[rule]]
id = "bread-evening"
kind = "percent"
label_zh = "晚间八折"
label_en = "20% off tonight"
skus = ["P401", "P402", "P403"]
percent = 80
window = { from_minute = 1200, to_minute = 360 }
"""

# sku, name, English, price, member price, unit, unit in English, drawing, extras
_ROWS = """
P101|海盐薯片 70 g|Sea salt crisps 70 g|6.50||袋|bag|crisps|
P102|番茄薯片 70 g|Tomato crisps 70 g|6.50||袋|bag|crisps|
P103|原味虾片 80 g|Prawn crackers 80 g|5.80||袋|bag|crisps|
P104|黑巧克力 100 g|Dark chocolate 100 g|18.90|16.90|块|bar|chocolate|
P105|牛奶巧克力 100 g|Milk chocolate 100 g|15.90||块|bar|chocolate|
P106|燕麦饼干 200 g|Oat biscuits 200 g|9.90||盒|box|cookies|
P107|黄油曲奇 150 g|Butter cookies 150 g|12.80|10.80|盒|box|cookies|
P108|水果硬糖 120 g|Fruit drops 120 g|7.50||袋|bag|candy|
P109|薄荷糖 35 g|Mints 35 g|4.90||盒|box|candy|
P110|坚果礼盒 500 g|Nut gift box 500 g|68.00|59.00|盒|box|cookies|
P201|山泉水 550 ml|Spring water 550 ml|2.00||瓶|bottle|water|
P202|苏打水 500 ml|Soda water 500 ml|3.50||瓶|bottle|water|
P203|冰红茶 500 ml|Iced black tea 500 ml|4.00||瓶|bottle|tea|
P204|茉莉花茶 500 ml|Jasmine tea 500 ml|4.50||瓶|bottle|tea|
P205|乌龙茶 500 ml|Oolong tea 500 ml|5.00||瓶|bottle|tea|
P206|可乐 330 ml|Cola 330 ml|3.00||罐|can|cola|
P207|无糖可乐 330 ml|Cola zero 330 ml|3.00||罐|can|cola|
P208|橙汁 300 ml|Orange juice 300 ml|6.90||瓶|bottle|juice|
P209|苹果汁 300 ml|Apple juice 300 ml|6.90||瓶|bottle|juice|
P210|美式咖啡 250 ml|Black coffee 250 ml|8.90||罐|can|coffee|
P211|拿铁咖啡 250 ml|Caffè latte 250 ml|9.90|8.90|罐|can|coffee|
P212|精酿啤酒 330 ml|Craft beer 330 ml|9.90||瓶|bottle|beer|min_age=18
P301|原味酸奶 180 g|Plain yogurt 180 g|6.80||杯|cup|yogurt|
P302|草莓酸奶 180 g|Strawberry yogurt 180 g|6.80||杯|cup|yogurt|
P303|鲜牛奶 950 ml|Fresh milk 950 ml|14.90|12.90|盒|carton|milk|
P304|低脂牛奶 250 ml|Low-fat milk 250 ml|5.50||盒|carton|milk|
P305|奶油冰淇淋|Vanilla ice cream|8.00||支|pc|icecream|
P306|红豆雪糕|Red bean ice bar|5.00||支|pc|icecream|
P401|全麦吐司 400 g|Wholemeal toast 400 g|11.90||袋|loaf|bread|
P402|红豆面包|Red bean bun|6.50||个|pc|bread|
P403|可颂|Croissant|7.90||个|pc|bread|
P404|戚风蛋糕|Chiffon cake|13.80||个|pc|cake|
P405|芝士蛋糕一块|Cheesecake slice|18.00|16.00|块|slice|cake|
P406|金枪鱼饭团|Tuna rice ball|6.90||个|pc|onigiri|
P407|海苔饭团|Seaweed rice ball|7.50||个|pc|onigiri|
P408|牛肉面 120 g|Beef noodles 120 g|5.50||桶|bowl|noodles|
P409|老坛酸菜面 120 g|Pickled cabbage noodles 120 g|5.50||桶|bowl|noodles|
P410|热干面 110 g|Sesame noodles 110 g|6.00||桶|bowl|noodles|
P411|火腿肠 60 g|Ham sausage 60 g|2.50||根|pc|sausage|
P412|烤香肠|Grilled sausage|4.50||根|pc|sausage|
P501|农家散养土鸡蛋 30 枚礼盒装（含提手、可回收纸托）|Free-range eggs, gift box of 30|39.80||盒|box|eggs|
P502|鸡蛋 10 枚|Eggs, 10|12.80||盒|box|eggs|
P503|香米 2.5 kg|Fragrant rice 2.5 kg|29.90||袋|bag|rice|
P504|小米 1 kg|Millet 1 kg|16.80||袋|bag|rice|
P505|生抽 500 ml|Light soy sauce 500 ml|11.50||瓶|bottle|sauce|
P506|老陈醋 420 ml|Aged vinegar 420 ml|9.80||瓶|bottle|sauce|
P507|辣椒酱 210 g|Chilli sauce 210 g|10.50||瓶|jar|sauce|
P601|抽纸 3 包|Tissues, 3 packs|12.90||提|pack|tissue|
P602|湿巾 80 片|Wet wipes, 80|9.90||包|pack|tissue|
P603|香皂 100 g|Soap 100 g|6.50||块|bar|soap|
P604|洗手液 300 ml|Hand wash 300 ml|15.90||瓶|bottle|soap|
P605|牙刷|Toothbrush|8.90||支|pc|toothbrush|
P606|牙膏 120 g|Toothpaste 120 g|13.90|11.90|支|tube|toothbrush|
P607|5 号电池 4 节|AA batteries, 4|14.90||卡|card|battery|
P608|7 号电池 4 节|AAA batteries, 4|14.90||卡|card|battery|
P609|折叠伞|Folding umbrella|39.00|35.00|把|pc|umbrella|
P610|新款果冻（还没定价）|New jelly, not priced yet|||杯|cup|yogurt|
P611|停售汽水|Discontinued soda|3.00||瓶|bottle|cola|active=no
"""

# label-scale goods: prefix 22 and five digits, price per kilogram
_WEIGHED = """
W00011|苹果|Apples|12.80|apple
W00012|香蕉|Bananas|7.60|banana
W00013|散装坚果|Loose nuts|88.00|cookies
"""

LAYOUTS = ("22WWWWWEEEEEC", "21WWWWWNNNNNC")


def _check_digit(body: str) -> str:
    total = sum(int(d) * (3 if i % 2 == 0 else 1) for i, d in enumerate(reversed(body)))
    return str(-total % 10)


def barcode(sku: str) -> str:
    """The demo's EAN-13 of a product: GS1 China prefix 690, a made-up company."""
    body = f"6901888{int(sku[1:]):05d}"
    return body + _check_digit(body)


def tagged(sku: str) -> bool:
    """Whether packs of it carry a tag; goods sold by weight do not. Raises KeyError for what is not on the shelf."""
    if any(row.startswith(f"{sku}|") for row in _ROWS.strip().splitlines()):
        return True
    if any(row.startswith(f"{sku}|") for row in _WEIGHED.strip().splitlines()):
        return False
    raise KeyError(f"no {sku!r} on the shelf")


def price_label(item: str, fen: int) -> str:
    """A label-scale barcode with a price, such as the demo's scale prints."""
    body = f"22{item}{fen:05d}"
    return body + _check_digit(body)


def csv() -> str:
    """The whole shelf as an import file."""
    lines = [
        (
            "sku,barcodes,name_zh,name_en,price,member_price,unit_zh,unit_en,picture,tax_permille,weighed,min_age,"
            "most_per_sale,active"
        )
    ]
    for row in _ROWS.strip().splitlines():
        sku, zh, en, price, member, unit_zh, unit_en, picture, extra = row.split("|")
        more = dict([extra.split("=")]) if extra else {}
        cells = (sku, barcode(sku), zh, en, price, member, unit_zh, unit_en, picture, "130", "no")
        tail = (more.get("min_age", "0"), "99", more.get("active", "yes"))
        lines.append(",".join(f'"{cell}"' if "," in cell else cell for cell in (*cells, *tail)))
    for row in _WEIGHED.strip().splitlines():
        sku, zh, en, price, picture = row.split("|")
        item = sku[1:]
        codes = f"22{item} 21{item}"
        lines.append(f"{sku},{codes},{zh},{en},{price},,千克,kg,{picture},90,yes,0,99,yes")
    return "\n".join(lines) + "\n"
