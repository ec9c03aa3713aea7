#pragma once
/// @file Arrays of structs: one array for each member (so that a kernel reads the members it needs, side by side), made
/// from and read to vectors of the struct, and kernels from lambdas that take and return the struct.
///
/// The struct is one that Boost.Hana knows (BOOST_HANA_DEFINE_STRUCT, BOOST_HANA_ADAPT_STRUCT), of at most 8 members,
/// each an element type:
///
///     struct particle { BOOST_HANA_DEFINE_STRUCT(particle, (float, x), (float, v)); };
///     nf::struct_array<particle> p(vector_of_particles);
///     auto step = [](auto p, auto dt) {
///       nf::get<"x">(p) = nf::get<"x">(p) + dt * nf::get<"v">(p);
///       return p;
///     };
///     p = nf::map(step, p, 0.1f);  // one kernel

#include <ndfuse/array.hpp>

#include <boost/hana/accessors.hpp>
#include <boost/hana/adapt_struct.hpp>
#include <boost/hana/at.hpp>
#include <boost/hana/basic_tuple.hpp>
#include <boost/hana/concept/struct.hpp>
#include <boost/hana/define_struct.hpp>
#include <boost/hana/first.hpp>
#include <boost/hana/length.hpp>
#include <boost/hana/second.hpp>
#include <boost/hana/string.hpp>
#include <boost/hana/tuple.hpp>
#include <boost/hana/unpack.hpp>

#include <array>
#include <ranges>
#include <vector>

namespace ndfuse {

namespace detail {

template <class S> inline constexpr std::size_t member_count =
    decltype(boost::hana::length(boost::hana::accessors<S>()))::value;
/// Member K of a struct.
template <std::size_t K, class S> constexpr decltype(auto) member_of(S& s) {
  return boost::hana::second(boost::hana::at_c<K>(boost::hana::accessors<std::remove_const_t<S>>()))(s);
}
template <class S, std::size_t K> using member_t = std::remove_cvref_t<decltype(member_of<K>(std::declval<S&>()))>;

template <class S> consteval bool members_are_elements() {
  return []<std::size_t... K>(std::index_sequence<K...>) {
    return (element<member_t<S, K>> && ...);
  }(std::make_index_sequence<member_count<S>>{});
}

/// The number of the member of this name; not a constant expression when there is none.
template <class S> consteval std::size_t member_named(std::string_view name) {
  std::size_t found = member_count<S>;
  [&]<std::size_t... K>(std::index_sequence<K...>) {
    ((name == boost::hana::to<char const*>(boost::hana::first(boost::hana::at_c<K>(boost::hana::accessors<S>())))
          ? void(found = K)
          : void()),
     ...);
  }(std::make_index_sequence<member_count<S>>{});
  return found;
}
template <class S, fixed_string Name> inline constexpr std::size_t member_index = [] {
  constexpr std::size_t k = member_named<S>(Name.view());
  static_assert(k < member_count<S>, "the struct has no member of this name");
  return k;
}();

}  // namespace detail

/// A struct that Boost.Hana knows, all of whose members are element types.
template <class S>
concept adapted_struct = boost::hana::Struct<S>::value && detail::members_are_elements<S>();

template <adapted_struct S, class Call> class struct_expression;

/// An array of S: an array for each member, all of one shape.
template <adapted_struct S> class struct_array {
  template <class Is> struct tuple_type;
  template <std::size_t... K> struct tuple_type<std::index_sequence<K...>> {
    using type = boost::hana::basic_tuple<array<detail::member_t<S, K>>...>;
  };

 public:
  static constexpr std::size_t member_count = detail::member_count<S>;
  static_assert(member_count >= 1 && member_count <= codegen::max_outputs,
                "a struct_array's struct has one to eight members");
  using value_type = S;
  using members = typename tuple_type<std::make_index_sequence<member_count>>::type;

  /// No elements: shape (0,).
  struct_array() : struct_array(std::vector<S>()) {}
  /// The structs of a range, in shape (n,) or row-major in a shape of as many elements. Each member is copied to a list
  /// of its own, and that to the device. With a member of 64 bits, all members live on the cpu device.
  template <std::ranges::input_range R>
    requires std::ranges::sized_range<R> && std::same_as<std::ranges::range_value_t<R>, S>
  explicit struct_array(R&& structs) : struct_array(structs, ndfuse::shape(index(std::ranges::size(structs)))) {}
  template <std::ranges::input_range R>
    requires std::ranges::sized_range<R> && std::same_as<std::ranges::range_value_t<R>, S>
  struct_array(R&& structs, ndfuse::shape const& s) : members_(upload(structs, s)) {}
  /// From an array or expression for each member, in the order of the members; throws shape_error unless all have one
  /// shape.
  template <expression... Ms>
    requires(sizeof...(Ms) == member_count)
  explicit struct_array(Ms const&... arrays) : struct_array(members(arrays...)) {}
  explicit struct_array(members m) : members_(std::move(m)) {
    each([&](auto const& a) {
      if (a.shape() != shape())
        throw shape_error(
            detail::message("the members of a struct_array have different shapes: ", shape(), " and ", a.shape()));
    });
  }
  /// The value of nf::map(...): one kernel that writes all members.
  template <class Call> struct_array(struct_expression<S, Call> const& e) : members_(e.evaluate()) {}

  ndfuse::shape const& shape() const { return boost::hana::at_c<0>(members_).shape(); }
  index size() const { return boost::hana::at_c<0>(members_).size(); }

  /// The array of one member, by name; it may be assigned to and is an array like any other.
  template <detail::fixed_string Name> auto& get() {
    return boost::hana::at_c<detail::member_index<S, Name>>(members_);
  }
  template <detail::fixed_string Name> auto const& get() const {
    return boost::hana::at_c<detail::member_index<S, Name>>(members_);
  }
  members const& arrays() const { return members_; }

  /// Basic indexing, as an array's: a view of the same elements.
  template <axis_index... Is> struct_array operator[](Is... indices) const {
    return boost::hana::unpack(members_, [&](auto const&... m) { return struct_array(members(m[indices...]...)); });
  }

 private:
  template <class F> void each(F f) const {
    boost::hana::unpack(members_, [&](auto const&... m) { (f(m), ...); });
  }
  template <class R> static members upload(R& structs, ndfuse::shape const& s) {
    detail::check_shape(s);
    if (index(std::ranges::size(structs)) != element_count(s))
      throw shape_error(
          detail::message("cannot reshape array of size ", index(std::ranges::size(structs)), " into shape ", s));
    return [&]<std::size_t... K>(std::index_sequence<K...>) {
      bool const wide = (is_wide(dtype_of<detail::member_t<S, K>>) || ...);
      runtime::device& d = wide ? static_cast<runtime::device&>(runtime::cpu()) : runtime::current();
      return members(upload_member<K>(structs, s, d)...);
    }(std::make_index_sequence<member_count>{});
  }
  template <std::size_t K, class R> static auto upload_member(R& structs, ndfuse::shape const& s, runtime::device& d) {
    using T = detail::member_t<S, K>;
    host_array<T> list(s);
    std::size_t next = 0;
    for (S const& one : structs) list.data()[next++] = typename host_array<T>::stored(detail::member_of<K>(one));
    runtime::tensor t{d.allocate(index(list.size()), dtype_of<T>), contiguous_view(s), dtype_of<T>};
    d.upload(*t.memory, 0, t.view.size(), t.type, list.data());
    return array<T>(std::move(t));
  }

  members members_;
};

/// A struct inside a kernel under construction: a symbol for each member.
template <adapted_struct S> class symbolic_struct {
 public:
  static constexpr std::size_t member_count = detail::member_count<S>;
  constexpr explicit symbolic_struct(std::array<symbol, member_count> const& values) : values_(values) {}

  template <detail::fixed_string Name> constexpr symbol& get() { return values_[detail::member_index<S, Name>]; }
  template <detail::fixed_string Name> constexpr symbol const& get() const {
    return values_[detail::member_index<S, Name>];
  }
  /// The members as the struct's own types, as they are stored.
  constexpr std::array<symbol, member_count> converted() const {
    return [&]<std::size_t... K>(std::index_sequence<K...>) {
      return std::array<symbol, member_count>{values_[K].template astype<detail::member_t<S, K>>()...};
    }(std::make_index_sequence<member_count>{});
  }

 private:
  std::array<symbol, member_count> values_;
};

/// A member, by name, of a struct_array or of a struct in a lambda kernel: `nf::get<"x">(p)`.
template <detail::fixed_string Name, class P>
  requires requires(P&& p) { p.template get<Name>(); }
constexpr decltype(auto) get(P&& p) {
  return p.template get<Name>();
}

/// In a lambda kernel, a struct of these values, in the order of its members; at least one is a symbol.
template <adapted_struct S, class... Ts>
  requires expr::symbol_operands<Ts...>
constexpr symbolic_struct<S> make_struct(Ts const&... values) {
  static_assert(sizeof...(Ts) == detail::member_count<S>, "make_struct takes one value for each member");
  ir::builder& b = expr::builder_of(values...);
  return symbolic_struct<S>({symbol(b, expr::value_in(b, values))...});
}

namespace detail {
template <class T> inline constexpr bool is_struct_array = false;
template <class S> inline constexpr bool is_struct_array<struct_array<S>> = true;
template <class T> struct symbolic_of {
  using type = void;
};
template <class S> struct symbolic_of<symbolic_struct<S>> {
  using type = S;
};
}  // namespace detail

namespace expr {

/// A parameter of a lambda that is one symbol; a struct's is the struct.
struct plain_parameter {};

/// F over flat symbols: those of a struct are put together before F is called, and apart in what it returns.
template <class F, class... Parameters> struct regroup {
  template <class P> static constexpr std::size_t symbols_of = 1;
  template <adapted_struct P> static constexpr std::size_t symbols_of<P> = ndfuse::detail::member_count<P>;

  template <class... Symbols> static constexpr auto called(Symbols const&... symbols) {
    std::array<symbol, sizeof...(Symbols)> const all{symbols...};
    return [&]<std::size_t... P>(std::index_sequence<P...>) {
      return F{}(parameter<Parameters, first_of(P)>(all)...);
    }(std::make_index_sequence<sizeof...(Parameters)>{});
  }
  template <class... Symbols> constexpr auto operator()(Symbols const&... symbols) const {
    auto const result = called(symbols...);
    if constexpr (requires { result.converted(); }) return result.converted();
    else return result;
  }

 private:
  static constexpr std::size_t first_of(std::size_t parameter) {
    std::size_t const counts[] = {symbols_of<Parameters>...};
    std::size_t first = 0;
    for (std::size_t k = 0; k < parameter; ++k) first += counts[k];
    return first;
  }
  template <class P, std::size_t First, std::size_t N> static constexpr auto parameter(
      std::array<symbol, N> const& all) {
    if constexpr (std::same_as<P, plain_parameter>) {
      return all[First];
    } else {
      return [&]<std::size_t... K>(std::index_sequence<K...>) {
        return symbolic_struct<P>({all[First + K]...});
      }(std::make_index_sequence<symbols_of<P>>{});
    }
  }
};

template <class T> struct parameter_of {
  using type = plain_parameter;
};
template <class S> struct parameter_of<struct_array<S>> {
  using type = S;
};

/// Calls `k` with the nodes of all arguments, a struct_array's members one after another.
template <class K> auto with_nodes(K k) { return k(); }
template <class K, class A, class... Rest> auto with_nodes(K k, A const& a, Rest const&... rest) {
  if constexpr (ndfuse::detail::is_struct_array<A>)
    return boost::hana::unpack(a.arrays(), [&](auto const&... m) {
      return with_nodes([&](auto const&... others) { return k(m..., others...); }, rest...);
    });
  else return with_nodes([&](auto const&... others) { return k(as_node(a), others...); }, rest...);
}

template <class F, class... Nodes> struct call_of {
  using node = call<F, Nodes...>;
  using raw = decltype(F::called(((void)sizeof(Nodes), std::declval<symbol>())...));
};

}  // namespace expr

/// What nf::map gives for a lambda that returns a struct: nothing is computed until it is assigned to a struct_array.
template <adapted_struct S, class Call> class struct_expression {
 public:
  explicit struct_expression(Call c) : call_(std::move(c)) {}
  ndfuse::shape shape() const { return call_.shape(); }
  /// The members' arrays, by one launch (several where the device binds fewer arrays than that needs).
  auto evaluate() const {
    return std::apply([](auto const&... m) { return typename struct_array<S>::members(m...); },
                      expr::evaluate_all(call_));
  }

 private:
  Call call_;
};

/// A lambda over elements, as nf::kernel takes it, called with struct_arrays beside arrays, expressions and scalars.
/// For a struct_array the lambda gets a struct of symbols, whose members are `nf::get<"name">(p)`. A lambda that
/// returns such a struct (one that it got, changed, or nf::make_struct<S>(...)) gives what is assigned to a
/// struct_array; one that returns a symbol gives an expression.
template <expr::captureless F, class... Args>
  requires(((detail::is_struct_array<Args> || operand<Args>) && ...) &&
           ((detail::is_struct_array<Args> || expression<Args>) || ...))
auto map(F, Args const&... args) {
  using lambda = expr::regroup<F, typename expr::parameter_of<Args>::type...>;
  return expr::with_nodes(
      []<class... Nodes>(Nodes const&... nodes) {
        using made = expr::call_of<lambda, Nodes...>;
        typename made::node c(nodes...);
        using S = typename detail::symbolic_of<typename made::raw>::type;
        if constexpr (std::same_as<S, void>) return c;
        else return struct_expression<S, typename made::node>(std::move(c));
      },
      args...);
}

namespace detail {
/// Sets member K of all structs.
template <std::size_t K, class S, class T> void fill_member(std::vector<S>& structs, host_array<T> const& list) {
  for (std::size_t k = 0; k < structs.size(); ++k) member_of<K>(structs[k]) = T(list[k]);
}
template <class S, std::size_t... K> std::vector<S> read_members_now(struct_array<S> const& x,
                                                                     std::index_sequence<K...>) {
  std::vector<S> structs(std::size_t(x.size()));
  (fill_member<K>(structs, to_host(boost::hana::at_c<K>(x.arrays()))), ...);
  return structs;
}
template <class S, std::size_t... K> task<std::vector<S>> read_members(struct_array<S> x, std::index_sequence<K...>) {
  std::vector<S> structs(std::size_t(x.size()));
  (fill_member<K>(structs, co_await read(boost::hana::at_c<K>(x.arrays()))), ...);
  co_return structs;
}
}  // namespace detail

/// Reads a struct_array, row-major, waiting for it as nf::to_host does: a read for each member.
template <adapted_struct S> std::vector<S> to_host(struct_array<S> const& x) {
  return detail::read_members_now(x, std::make_index_sequence<struct_array<S>::member_count>{});
}
/// Reads without blocking: `co_await nf::read(x)` gives a std::vector<S>.
template <adapted_struct S> task<std::vector<S>> read(struct_array<S> x) {
  return detail::read_members(std::move(x), std::make_index_sequence<struct_array<S>::member_count>{});
}
/// The value of nf::map(...) of structs.
template <adapted_struct S, class Call> struct_array<S> eval(struct_expression<S, Call> const& e) { return e; }
template <adapted_struct S, class Call> std::vector<S> to_host(struct_expression<S, Call> const& e) {
  return to_host(struct_array<S>(e));
}

}  // namespace ndfuse
