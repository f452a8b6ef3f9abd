#include "serve/app/register.h"

#include <fmt/format.h>

#include <algorithm>

#include "ground/base/json.h"
#include "ground/catalog/snapshot.h"
#include "ground/template/escape.h"

namespace aizuchi::serve {

using ground::Purpose;
using ground::Recipient;

namespace {

struct Words {
  std::string_view lang, title, controller, address, contact, policy;
  std::string_view processing, purpose, basis, subjects, data, sources, shown, recipients, abroad,
      retention, security;
  std::string_view transmissions, no_transmissions, what, to, our_purpose, their_purpose, stop;
  std::string_view people, days, sensitive, measures, ourselves, seen, signal, door;
  std::string_view contract, notice, consent, express;
};

constexpr Words words_en{
    .lang = "en",
    .title = "Register of processing",
    .controller = "Controller",
    .address = "Address",
    .contact = "Contact",
    .policy = "Privacy policy",
    .processing = "Processing activities (GDPR article 30)",
    .purpose = "Purpose",
    .basis = "Legal basis",
    .subjects = "Whose data",
    .data = "Which data",
    .sources = "From where",
    .shown = "Used in",
    .recipients = "Recipients",
    .abroad = "Abroad",
    .retention = "Kept for",
    .security = "Protection",
    .transmissions = "External transmissions (what your browser sends)",
    .no_transmissions = "Your browser sends nothing to anybody.",
    .what = "What is sent",
    .to = "To whom",
    .our_purpose = "What we use it for",
    .their_purpose = "What they use it for",
    .stop = "How to stop it",
    .people = "visitors and customers",
    .days = "{} days",
    .sensitive = "sensitive",
    .measures =
        "sealed with a key per person, keys apart from the data; access by scoped keys; "
        "every change in a signed log; erased with a receipt",
    .ourselves = "ourselves: ",
    .seen = "what was viewed and done on the page",
    .signal = "Sec-GPC",
    .door = "PUT /v1/me/purposes/",
    .contract = "contract (6(1)(b))",
    .notice = "legitimate interest, announced, with a stop (6(1)(f))",
    .consent = "consent (6(1)(a))",
    .express = "explicit consent (6(1)(a), 9(2)(a))"};
constexpr Words words_ja{
    .lang = "ja",
    .title = "個人データの取扱いの記録",
    .controller = "事業者",
    .address = "所在地",
    .contact = "連絡先",
    .policy = "プライバシーポリシー",
    .processing = "取扱いの一覧(GDPR第30条)",
    .purpose = "利用目的",
    .basis = "根拠",
    .subjects = "対象となる方",
    .data = "項目",
    .sources = "取得元",
    .shown = "使うところ",
    .recipients = "提供先",
    .abroad = "国外",
    .retention = "保存期間",
    .security = "安全管理措置",
    .transmissions = "外部送信について(電気通信事業法第27条の12)",
    .no_transmissions = "お客さまの端末から外部に送信される情報はありません。",
    .what = "送信される情報",
    .to = "送信先",
    .our_purpose = "当社の利用目的",
    .their_purpose = "送信先の利用目的",
    .stop = "止めるには",
    .people = "ご来訪の方とお客さま",
    .days = "{}日",
    .sensitive = "要配慮",
    .measures =
        "お一人ずつの鍵で暗号化し、鍵はデータと別に保管。権限ごとの鍵でアクセス。"
        "変更は署名つきの記録に残し、消去は証明書つき",
    .ourselves = "当社: ",
    .seen = "ページでのご覧・操作の内容",
    .signal = "Sec-GPC",
    .door = "PUT /v1/me/purposes/",
    .contract = "契約の履行",
    .notice = "お知らせのうえで(いつでも止められます)",
    .consent = "同意",
    .express = "明示の同意"};

std::string joined(const std::vector<std::string>& lines) {
  return fmt::format("{}", fmt::join(lines, "\n"));
}

class Maker {
 public:
  Maker(const ground::Snapshot& brand, const Words& words)
      : brand_(brand), w_(words), locale_(brand.locale(words.lang)) {}

  Register make() {
    Register out{.lang = std::string(w_.lang), .title = std::string(w_.title)};
    const ground::Controller& controller = brand_.controller;
    out.head.emplace_back(w_.controller, controller.name.in(locale_));
    const auto given = [&](std::string_view name, const std::string& text) {
      if (!text.empty()) out.head.emplace_back(name, text);
    };
    given(w_.address, controller.address);
    given(w_.contact, controller.contact);
    given(w_.policy, controller.url);
    out.tables.push_back(processing());
    out.tables.push_back(transmissions());
    return out;
  }

 private:
  std::string days(ground::Duration keep) const {
    return fmt::format(fmt::runtime(w_.days), keep.ms / ground::ms_per_day);
  }
  std::string_view basis(const Purpose& purpose) const {
    if (purpose.basis == ground::Basis::contract) return w_.contract;
    if (purpose.basis == ground::Basis::notice) return w_.notice;
    return purpose.explicit_consent ? w_.express : w_.consent;
  }
  bool comes_in(const Purpose& purpose) const {
    return std::ranges::any_of(brand_.sources, [&](const ground::Source& source) {
      return source.purposes.has(purpose.id);
    });
  }

  // Facts told for it, and how long each is kept; and what is seen, when anything comes in for it.
  void add_data(const Purpose& purpose, std::vector<std::string>& data,
                std::vector<std::string>& retention) const {
    for (const ground::FactRule& fact : brand_.facts) {
      if (!fact.purposes.has(purpose.id) || fact.derived) continue;
      const std::string& label = fact.label.in(locale_);
      data.push_back(fact.sensitive ? fmt::format("{} ({})", label, w_.sensitive) : label);
      retention.push_back(fmt::format("{}: {}", label, days(fact.keep)));
    }
    if (!comes_in(purpose)) return;
    ground::Duration longest{0};
    for (const ground::EventRule& event : brand_.events) longest = std::max(longest, event.keep);
    data.emplace_back(w_.seen);
    retention.push_back(fmt::format("{}: {}", w_.seen, days(longest)));
  }

  RegisterTable processing() const {
    RegisterTable out{.id = "processing", .title = std::string(w_.processing), .none = "–"};
    for (const std::string_view column :
         {w_.purpose, w_.basis, w_.subjects, w_.data, w_.sources, w_.shown, w_.recipients,
          w_.abroad, w_.retention, w_.security})
      out.columns.emplace_back(column);
    for (const Purpose& purpose : brand_.purposes) out.rows.push_back(activity(purpose));
    return out;
  }

  std::vector<std::string> activity(const Purpose& purpose) const {
    std::vector<std::string> data, retention, sources, shown, recipients, abroad;
    add_data(purpose, data, retention);
    for (const ground::Source& source : brand_.sources)
      if (source.purposes.has(purpose.id)) sources.push_back(source.says.in(locale_));
    for (const ground::Slot& slot : brand_.slots)
      if (slot.purpose == purpose.id || slot.resonance_purpose == purpose.id)
        shown.push_back(slot.name);
    for (const Recipient& each : brand_.recipients) {
      if (!each.purposes.has(purpose.id)) continue;
      recipients.push_back(each.says.in(locale_));
      if (each.country.empty()) continue;
      abroad.push_back(each.safeguards.empty()
                           ? each.country
                           : fmt::format("{}: {}", each.country, each.safeguards));
    }
    const std::string says =
        purpose.dpv.empty() ? purpose.says.in(locale_)
                            : fmt::format("{}\n(dpv:{})", purpose.says.in(locale_), purpose.dpv);
    return {says,
            std::string(basis(purpose)),
            std::string(w_.people),
            joined(data),
            joined(sources),
            joined(shown),
            joined(recipients),
            joined(abroad),
            joined(retention),
            std::string(w_.measures)};
  }

  std::vector<std::string> purposes_of(ground::PurposeSet set,
                                       std::vector<std::string>& stops) const {
    std::vector<std::string> out;
    for (const Purpose& purpose : brand_.purposes) {
      if (!set.has(purpose.id)) continue;
      out.push_back(purpose.says.in(locale_));
      if (purpose.sharing) stops.emplace_back(w_.signal);
      if (purpose.basis != ground::Basis::contract)
        stops.push_back(fmt::format("{}{}", w_.door, purpose.name));
    }
    std::ranges::sort(stops);
    const auto [first, last] = std::ranges::unique(stops);
    stops.erase(first, last);
    return out;
  }

  RegisterTable transmissions() const {
    RegisterTable out{.id = "transmissions",
                      .title = std::string(w_.transmissions),
                      .none = std::string(w_.no_transmissions)};
    for (const std::string_view column :
         {w_.what, w_.to, w_.our_purpose, w_.their_purpose, w_.stop})
      out.columns.emplace_back(column);
    for (const ground::Source& source : brand_.sources) {
      if (source.channel != ground::Channel::web || source.method == ground::Method::imported)
        continue;
      std::vector<std::string> what{std::string(w_.seen)}, stops;
      for (const ground::FactRule& fact : brand_.facts)
        if (!fact.derived && !fact.pii && !fact.sensitive &&
            !(fact.purposes & source.purposes).empty())
          what.push_back(fact.label.in(locale_));
      const auto purposes = purposes_of(source.purposes, stops);
      out.rows.push_back({joined(what),
                          fmt::format("{}{}\n({})", w_.ourselves,
                                      brand_.controller.name.in(locale_), source.says.in(locale_)),
                          joined(purposes), "–", joined(stops)});
    }
    for (const Recipient& each : brand_.recipients) {
      if (each.by != Recipient::By::browser) continue;
      std::vector<std::string> stops, to{each.says.in(locale_)};
      for (const std::string& more : {each.country, each.url})
        if (!more.empty()) to.push_back(more);
      const auto purposes = purposes_of(each.purposes, stops);
      out.rows.push_back({each.gets.in(locale_), joined(to), joined(purposes),
                          each.does.by_locale.empty() ? "–" : each.does.in(locale_),
                          joined(stops)});
    }
    return out;
  }

  const ground::Snapshot& brand_;
  const Words& w_;
  const ground::LocaleId locale_;
};

std::string replaced(std::string_view text, std::string_view what, std::string_view with) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    if (text.substr(at).starts_with(what)) {
      out += with;
      at += what.size();
    } else {
      out += text[at++];
    }
  }
  return out;
}

// Nothing in a cell ends it, or is markup.
std::string markdown_cell(std::string_view text) {
  return replaced(replaced(ground::escaped(text, ground::Escape::html), "|", "\\|"), "\n", "<br>");
}

std::string html_cell(std::string_view text) {
  return replaced(ground::escaped(text, ground::Escape::html), "\n", "<br>");
}

}  // namespace

Register register_of(const ground::Snapshot& brand, RegisterLanguage language) {
  return Maker(brand, language == RegisterLanguage::japanese ? words_ja : words_en).make();
}

std::string register_markdown(const Register& all) {
  std::string out = fmt::format("# {}\n\n", all.title);
  for (const auto& [name, text] : all.head)
    out += fmt::format("* {}: {}\n", name, markdown_cell(text));
  for (const RegisterTable& table : all.tables) {
    out += fmt::format("\n## {}\n\n", table.title);
    if (table.rows.empty()) {
      out += table.none + "\n";
      continue;
    }
    const auto line = [&](const std::vector<std::string>& cells) {
      out += "|";
      for (const std::string& cell : cells) out += " " + markdown_cell(cell) + " |";
      out += "\n";
    };
    line(table.columns);
    line(std::vector<std::string>(table.columns.size(), "---"));
    for (const auto& row : table.rows) line(row);
  }
  return out;
}

std::string register_html(const Register& all) {
  std::string out = fmt::format(
      "<!doctype html>\n<html lang={}>\n<meta charset=utf-8>\n"
      "<meta name=viewport content=\"width=device-width\">\n<title>{}</title>\n"
      "<style>body{{font:16px/1.6 sans-serif;max-width:80em;margin:2em auto;padding:0 1em}}"
      "table{{border-collapse:collapse;width:100%;font-size:14px}}th,td{{text-align:left;"
      "vertical-align:top;border:1px solid #ccc;padding:.4em}}</style>\n<h1>{}</h1>\n<dl>\n",
      all.lang, html_cell(all.title), html_cell(all.title));
  for (const auto& [name, text] : all.head)
    out += fmt::format("<dt>{}</dt><dd>{}</dd>\n", name, html_cell(text));
  out += "</dl>\n";
  for (const RegisterTable& table : all.tables) {
    out += fmt::format("<h2 id={}>{}</h2>\n", table.id, html_cell(table.title));
    if (table.rows.empty()) {
      out += fmt::format("<p>{}</p>\n", html_cell(table.none));
      continue;
    }
    out += "<table>\n<tr>";
    for (const std::string& column : table.columns)
      out += fmt::format("<th scope=col>{}</th>", html_cell(column));
    out += "</tr>\n";
    for (const auto& row : table.rows) {
      out += "<tr>";
      for (const std::string& cell : row) out += fmt::format("<td>{}</td>", html_cell(cell));
      out += "</tr>\n";
    }
    out += "</table>\n";
  }
  return out + "</html>\n";
}

std::string register_json(const Register& all) {
  ground::JsonWriter json;
  json.object().member("title", all.title).member("language", all.lang).key("controller").object();
  for (const auto& [name, text] : all.head) json.member(name, text);
  json.end_object();
  for (const RegisterTable& table : all.tables) {
    json.key(table.id).array();
    for (const auto& row : table.rows) {
      json.object();
      for (size_t i = 0; i < row.size(); ++i) json.member(table.columns[i], row[i]);
      json.end_object();
    }
    json.end_array();
  }
  return json.end_object().take() + "\n";
}

}  // namespace aizuchi::serve
