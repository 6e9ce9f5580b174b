# 货架标签：标签上的字，和打印标签的页面。
label-member = 会员 { $price }
labels-page = 货架标签
