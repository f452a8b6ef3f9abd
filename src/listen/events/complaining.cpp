#include "listen/events/complaining.h"

#include "listen/events/apply.h"

namespace aizuchi::listen {

using remember::Complained;
using remember::PersonState;

std::vector<ground::ItemKey> products_of(const Event& event) {
  std::vector<ground::ItemKey> out;
  const auto one = [&](const Value& line) {
    const Value* id = line.find("product_id");
    const std::string name = id == nullptr ? "" : ground::to_display(*id);
    if (!name.empty()) out.push_back(ground::item_key("product", name));
  };
  const Value* products = event.details().find("products");
  if (products != nullptr && products->is(Value::Kind::list))
    for (const Value& line : products->as_list()) one(line);
  else
    one(event.details());
  return out;
}

void complain(PersonState& person, const Event& event) {
  std::vector<ground::ItemKey> products = products_of(event);
  if (products.empty()) products.push_back(0);
  for (const ground::ItemKey product : products)
    keep_newest(person.complained, {product, event.at}, PersonState::complained_max);
}

void settle(PersonState& person, const Event& event) {
  const std::vector<ground::ItemKey> products = products_of(event);
  std::erase_if(person.complained, [&](const Complained& each) {
    return each.at <= event.at &&
           (products.empty() || std::ranges::find(products, each.product) != products.end());
  });
}

void worry_about(PersonState& person, const Value& concern, ground::Instant at) {
  keep_newest(person.complained, {ground::item_key(worry_kind, ground::to_display(concern)), at},
              PersonState::complained_max);
}

}  // namespace aizuchi::listen
