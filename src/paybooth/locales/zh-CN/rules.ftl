# 控制台里的优惠规则。
rules-page = 优惠规则
rules-from-file = 这些来自配置文件。在这里保存就以你的为准。
rules-from-file-short = 用文件里的
rules-version = 第 { $number } 版，{ $by }，{ $day }
rules-number = 第 { $number } 版
rules-count = { $count ->
    [0] 没有规则
   *[other] { $count } 条规则
}
rules-order = 先后无关：每件商品只用减得最多的那一条。
rules-none = 没有任何优惠，都按货架标价。
rules-add = 加一条规则
rules-unsaved = 还没有保存。
rules-differ = 新增 { $added }，修改 { $changed }，删除 { $removed }。结账台仍按旧的算。
rules-quicker = { $by }刚保存了第 { $number } 版，你的还没有保存。这是对方的：
rules-theirs = 用对方的
rules-mine = 用我的覆盖
rules-drop = 放弃
rules-save = 保存
rules-saved = 已保存到磁盘。下一单开始生效；进行中的照旧。
rules-file-again = { $count ->
    [0] 回到文件里的：没有规则
   *[other] 回到文件里的 { $count } 条规则
}
rules-version-take = 把第 { $number } 版写到上面
rules-versions = 历次版本

## 一条规则一句话
rule-does-percent = { $tenths } 折
rule-does-nth_percent = 每第 { $n } 件 { $tenths } 折
rule-does-nth_free = 每第 { $n } 件免费
rule-does-bundle = 每 { $n } 件共 { $price }
rule-all-goods = 全部商品
rule-goods-more = { $list } 等，另有 { $count } 种
rule-from-day = { $day } 起
rule-to-day = 到 { $day } 为止
rule-members = 仅限会员

## 表单
rule-edit = 修改
rule-copy = { $name }：再来一条
rule-drop = { $name }：删除
rule-close = 好了
rule-what = 怎么优惠
rule-kind-percent = 每件都打折
rule-kind-nth_percent = 第 2、3…件打折
rule-kind-nth_free = 第 3、4…件免费
rule-kind-bundle = 几件一个价
rule-n-nth_percent = 每几件
rule-n-nth_free = 每几件
rule-n-bundle = 几件一起
rule-percent = 顾客付百分之几
rule-price = 一起多少元
rule-goods = 哪些商品
rule-all-goods-hint = 没有指定时是全部商品。
rule-goods-less = { $name }：不要这个
rule-when = 什么时候
rule-first-day = 第一天
rule-last-day = 最后一天
rule-weekdays = 星期几；不选就是每天
rule-from-hour = 从
rule-to-hour = 到
rule-over-midnight = 跨过午夜，到第二天。
rule-label-zh = 小票上的中文
rule-label-en = 小票上的英文
rule-unfit-n = 件数是 2 到 99。
rule-unfit-price = 请写一起多少元，例如 9.90。
rule-unfit-percent = 顾客还要付的：1 到 99 %。
rule-unfit-days = 最后一天早于第一天。
rule-unfit-hours = 开始和结束是同一时间。

## 试一单
rules-try = 试一单
rules-try-hint = 和结账台一样算
rules-try-empty = 放进顾客可能买的商品。什么都不会卖出。
rules-try-at = 时间（空着就是现在）
rules-try-member = 是会员
rules-try-pieces = { $name }：件数
rules-try-grams = { $name }：克数
rules-try-remove = { $name }：拿出来
rules-try-off = 优惠
rules-try-total = 应付
rules-try-idle = 别的规则为什么没用上
rules-try-members = 只给会员。
rules-try-time = 这个时间不生效。
rules-try-goods = 没有它的商品。
rules-try-few = 件数不够。
rules-try-nothing = 减不下来。
rules-try-beaten = 减得没有别的规则多。
