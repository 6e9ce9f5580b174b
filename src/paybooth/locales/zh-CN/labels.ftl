# 货架标签：标签上的字，和打印标签的页面。
label-member = 会员 { $price }
labels-page = 货架标签
labels-hint = 实际大小，结账台扫得出来。
labels-open = 标签
labels-count = { $count ->
    [0] 还没有标签
   *[other] { $count } 张标签
}
labels-all = 全部在售商品
labels-copies = { $name }：张数
labels-less = { $name }：不要标签
labels-layout = 纸张
labels-a4-24 = A4，24 张，70 × 37 毫米
labels-a4-8 = A4，8 张，105 × 74 毫米
labels-roll-58 = 卷纸，58 × 40 毫米
labels-roll-40 = 卷纸，40 × 30 毫米
labels-symbol = 码
labels-bars = 条码
labels-qr = 二维码（Digital Link）
labels-language = 语言
labels-pdf = 存为 PDF
labels-scale = 打印时选 100 %，不要“适合页面”：条码才不会变窄。
labels-first = 第一页
labels-empty = 选好商品，标签就出现在这里。
