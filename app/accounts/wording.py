"""What roles, duties, kinds of units and acts are called."""

from __future__ import annotations

from app.translation import _


def kind_names() -> dict[str, str]:
    """Return the kinds of units in the reader's language."""
    return {
        "city": _("市"),
        "district": _("区"),
        "township": _("街乡镇"),
        "department": _("部门"),
        "enterprise": _("公共服务企业"),
    }


def role_names() -> dict[str, str]:
    """Return the roles in the reader's language."""
    return {
        "viewer": _("查看人"),
        "planner": _("规划人员"),
        "reviewer": _("审核人"),
        "administrator": _("管理员"),
    }


def duty_names() -> dict[str, str]:
    """Return the duties in the reader's language."""
    return {
        "hotline_centre": _("热线中心"),
        "government_services": _("政务服务局"),
        "development_reform": _("发展改革委"),
        "organisation": _("组织部"),
        "inspection": _("督查"),
        "discipline": _("纪检监察"),
        "staffing": _("编办"),
        "reform_office": _("改革专项小组办公室"),
        "vice_mayor": _("分管市领导"),
        "handling_unit": _("承办单位"),
        "third_party": _("第三方评估"),
    }


def role_rights() -> dict[str, str]:
    """Return what each role allows, in a sentence."""
    return {
        "viewer": _("查看全市汇总和本辖区项目；小于 5 的数不显示。"),
        "planner": _("查看和编辑本辖区的诉求、点位和项目；全市规划人员还可导入数据、设置规则。"),
        "reviewer": _("查看本辖区的诉求和项目，可查看诉求原文（每次查看都有记录）。"),
        "administrator": _("管理单位和账号；全市管理员还可查看审计记录。不因此看到诉求内容。"),
    }


def field_names() -> dict[str, str]:
    """Return what the fields of records are called; one without a name here shows its own."""
    return {
        "name": _("名称"),
        "display_name": _("姓名"),
        "active": _("启用"),
        "offices": _("角色和职责"),
        "kind": _("类别"),
        "area_code": _("区划代码"),
        "whole_city": _("辖区为全市"),
        "parent_id": _("上级单位"),
        "valid_from": _("启用日期"),
        "valid_to": _("停用日期"),
        "unit": _("单位"),
        "owner": _("责任单位"),
        "lng": _("经度"),
        "lat": _("纬度"),
        "radius_m": _("半径（米）"),
        "township": _("街乡镇"),
        "class_1": _("问题分类"),
        "planned_start": _("计划开工"),
        "planned_end": _("计划完成"),
        "target_per_month": _("目标（每月不超过件数）"),
        "status": _("状态"),
        "started_on": _("开工日期"),
        "finished_on": _("完成日期"),
        "note": _("备注"),
    }


def action_names() -> dict[str, str]:
    """Return what acts are called; one without a name here shows its own."""
    return {
        "sign_in": _("登录"),
        "sign_out": _("退出登录"),
        "sign_in.failed": _("登录失败"),
        "sign_in.office_failed": _("单位统一登录失败"),
        "account.create": _("新建账号"),
        "account.change": _("修改账号"),
        "account.reset_password": _("重置密码"),
        "account.change_password": _("修改自己的密码"),
        "account.bind": _("绑定单位统一登录"),
        "account.release": _("解除单位统一登录"),
        "unit.create": _("新建单位"),
        "unit.change": _("修改单位"),
        "unit.adopt": _("按边界生成单位"),
        "unit.name_handler": _("对应承办单位名称"),
        "project.create": _("新建项目"),
        "project.change": _("修改项目"),
        "project.move": _("更新项目状态"),
        "designation.create": _("新增治理类记录"),
        "designation.declined": _("不采纳建议纳入"),
        "designation.designated": _("纳入治理类"),
        "designation.governed": _("进入治理"),
        "designation.exit_proposed": _("建议退出"),
        "designation.exited": _("退出市级督导"),
        "designation.closed": _("结束跟踪"),
        "plan.create": _("建立方案"),
        "plan.change": _("修改方案"),
        "list_item.create": _("新增事项"),
        "list_item.change": _("修改事项"),
        "list_item.move": _("更新事项状态"),
        "list_kind.create": _("新增清单种类"),
        "list_kind.change": _("修改清单种类"),
        "list_kind.order": _("调整清单顺序"),
        "cases.export": _("导出诉求"),
        "audit.export": _("导出审计记录"),
        "warning.create": _("生成预警"),
        "warning.talk": _("约谈被预警的街乡镇"),
        "warning.answer": _("回应预警"),
        "warning.close": _("办结预警"),
        "talk.create": _("提出约谈"),
        "talk.confirm": _("确认约谈"),
        "talk.hold": _("记录约谈"),
        "talk.recheck": _("记录复查结果"),
        "talk.drop": _("决定不约谈"),
        "order.create": _("下发督办单"),
        "order.answer": _("反馈督办单"),
        "order.extend": _("延期督办单"),
        "order.close": _("督办单销号"),
        "alert.create": _("生成反弹预警"),
        "alert.close": _("关闭反弹预警"),
        "accountability.create": _("新建问责记录"),
        "accountability.change": _("修改问责记录"),
        "place.create": _("新增点位"),
        "place.change": _("修改点位"),
        "place.merge": _("合并点位"),
        "place.unmerge": _("撤销点位合并"),
        "place.remove": _("移出点位"),
        "places.import": _("导入点位"),
        "text.decide": _("复核地址"),
        "text.undo": _("撤销复核决定"),
        "text.ask_online": _("联网查询地址"),
        "job.start": _("开始后台任务"),
        "job.cancel": _("取消后台任务"),
        "upload.keep": _("上传文件"),
        "upload.delete": _("删除上传的文件"),
        "profile.save": _("保存导入方案"),
        "profile.delete": _("删除导入方案"),
        "rule.create": _("新增高频点位规则"),
        "rule.change": _("修改高频点位规则"),
        "rule.remove": _("删除高频点位规则"),
        "rule.reset": _("恢复默认规则"),
        "coordinate.decide": _("认定坐标"),
        "case.unmask": _("查看诉求原文"),
        "rejects.export": _("下载拒收的行"),
        "cases.import": _("导入诉求"),
        "cases.fetch": _("从接口获取诉求"),
        "cases.relocate": _("重新定位诉求"),
        "cases.redeclare": _("改用坐标系读取批次"),
        "cases.withdraw": _("撤回批次"),
        "cases.compact": _("合并数据文件"),
        "cases.clean": _("清理数据文件"),
        "boundaries.import": _("导入边界"),
        "online.on": _("开启联网匹配"),
        "online.off": _("关闭联网匹配"),
        "online.ask": _("联网匹配文件"),
        "run.create": _("新建分析"),
        "run.sensitivity": _("检验稳定性"),
        "run.export": _("导出地图"),
        "backtest.create": _("做预测检验"),
        "home.backup": _("备份"),
        "comparison.create": _("做时段比较"),
        "demo.make": _("生成示例城市"),
        "rule_set.create": _("新建考核规则"),
        "rule_set.change": _("修改考核规则"),
        "rule_set.end": _("终止考核规则"),
        "cycle.close": _("关闭考核周期"),
        "cycle.recompute": _("复算考核周期"),
        "published.import": _("导入通报成绩"),
        "published.replace": _("替换通报成绩"),
        "indicator.create": _("新增指标"),
        "indicator.change": _("修改指标"),
        "indicator.value": _("写入指标值"),
        "indicator.import": _("导入指标"),
        "indicator.classes": _("对应问题分类与七有五性"),
        "succession.create": _("登记区划代码变更"),
        "succession.remove": _("撤销区划代码变更"),
        "duty.create": _("新增职责"),
        "duty.change": _("修改职责"),
        "duty.remove": _("移出职责"),
        "duty.import": _("导入职责清单"),
        "whistle.create": _("吹哨"),
        "whistle.recall": _("改动吹哨的单位和期限"),
        "whistle.rate": _("评价吹哨"),
        "whistle.withdraw": _("撤回吹哨"),
        "meeting.create": _("记调度会"),
        "meeting.change": _("修改调度会纪要"),
        "whistle_call.report": _("报到"),
        "whistle_call.handle": _("处置吹哨"),
        "take_away": _("带走地图、表格或要素"),
    }
