# ruff: noqa: E501
"""Every parameter once: symbol, unit, prior, source, mark and a sentence.

Marks: A official figure quoted by a named source, B estimate or arithmetic on such figures,
C judgement or memory. What is judgement is swept.
"""

from __future__ import annotations

ELASTICITIES = "Broda & Weinstein 2006 (China rows); Fontagne, Guimbard & Orefice 2022"
JUDGED = "judgement"

# name | symbol | unit | central | low | high | mark | source | sentence
PRIORS = {
    "markets": f"""
sigma_coal|σ coal|elasticity|3.2|2.1|5.7|B|{ELASTICITIES}|Buyers' elasticity of substitution for coal.
sigma_minerals|σ minerals|elasticity|3.0|2.0|8.3|B|{ELASTICITIES}|Buyers' elasticity of substitution for ores and metals.
sigma_textiles|σ textiles|elasticity|3.8|2.6|4.7|B|{ELASTICITIES}|Buyers' elasticity of substitution for textiles and apparel.
sigma_seafood|σ seafood|elasticity|4.5|2.8|6.7|B|{ELASTICITIES}|Buyers' elasticity of substitution for seafood.
sigma_other|σ other|elasticity|3.5|2.3|5.5|C|{JUDGED}, between the goods known|Buyers' elasticity of substitution for other goods sold.
sigma_fuel|σ fuel|elasticity|3.4|2.4|4.4|B|{ELASTICITIES}|Elasticity between origins of refined oil.
sigma_machinery|σ machinery|elasticity|4.0|2.7|6.0|B|{ELASTICITIES}|Elasticity between origins of machinery, vehicles and metals.
sigma_inputs|σ inputs|elasticity|3.1|2.1|7.8|B|{ELASTICITIES}|Elasticity between origins of chemicals and textile inputs.
sigma_food|σ food|elasticity|4.4|2.6|5.7|B|{ELASTICITIES}|Elasticity between origins of food and fertiliser.
sigma_consumer|σ consumer|elasticity|3.4|2.3|5.2|C|{JUDGED}, between the goods known|Elasticity between origins of consumer goods.
export_supply_elasticity|ε|elasticity|0.6|0.2|2.0|B|Broda, Limao & Weinstein 2008|Supply of DPRK goods.
import_demand_elasticity|η|elasticity|1.3|1.05|1.9|C|{JUDGED}|Demand between goods inside the spending plan.
plan_shift|η_L − η|elasticity|2|0.7|6|C|{JUDGED}; long-run elasticities are a multiple of short-run ones (Boehm et al. 2023)|How much further the plan turns from goods that stay dear, in the long run.
plan_shift_speed|.|share a month|0.08|0.027|0.25|C|{JUDGED}|Speed at which the plan takes in prices.
import_supply_elasticity|ε_s|elasticity|2.0|0.5|5.0|C|{JUDGED}|Supply of goods to the DPRK by each origin.
world_price_passthrough_coal|ω|share|0.5|0|1.2|C|fit to unit values of 2016-17, dprk coal|How far the world coal price passes into the price of DPRK coal.
price_floor|P min|relative to base|0.25|0.15|0.4|C|{JUDGED}: home use|Below this price goods are not produced for sale.
price_cap|P max|relative to base|3|2|5|C|{JUDGED}|Above this price demand stays unspent.
textile_input_link|θ|share|0.5|0|1|C|{JUDGED}|How far lost textile exports cut the plan for imported inputs.
textile_input_share|.|share|0.4|0.3|0.5|C|{JUDGED}: processing trade|Imported inputs in the value of textiles sold.
processing_growth|g|share a month|0.02|0|0.06|C|{JUDGED}|Speed at which freed hands move into goods still lawful.
season_weight|.|share|0.5|0|1|C|{JUDGED}: one year of data|Weight of the seasonal index of China's exports of 2016.
""",
    "firms": f"""
base_margin|m0|log points|0.12|0.05|0.3|C|{JUDGED}; nearly all firms profitable (Haggard & Noland)|Margin of a trade in the base year.
penalty|pen|log points|3|0.5|8|C|{JUDGED}|What a found firm expects to lose.
evasion_cost|κ|log points|0.35|0.05|0.8|C|{JUDGED}; price cuts of 30-67 % bound it|Cost of the illegal route.
risk_weight|δ|weight|0.4|0.05|0.8|C|{JUDGED}|Weight of believed enforcement on the illegal route.
exposure_spread|σ_φ|log points|0.6|0.2|1.8|C|{JUDGED}|Spread of firms' exposure to penalties.
review_rate|ρ|share a month|0.35|0.03|0.7|C|{JUDGED}; 0.034-0.046 for tariffs (Boehm et al. 2023), rerouting is faster|Share of lots that reconsider their routes.
belief_speed|.|share a month|0.5|0.1|1|C|{JUDGED}|Speed of beliefs toward enforcement.
belief_jump|.|level|0.3|0.1|0.9|C|{JUDGED}|Rise of belief when a lot is found.
reservation_spread|s_r|log points|0.2|0.08|0.4|C|{JUDGED}; lower and a discount alone opens any barrier|Spread of reservation margins.
barrier_spread|s_τ|log points|0.6|0.3|1.2|C|{JUDGED}; bounded by Russia's purchases under a discount|The same in cells far below their potential.
detection_scale|λ|rate|0.1|0.01|0.4|C|no published detection rate exists|Scale of monthly detection.
seizure_share|s_z|share|0.3|0.05|1|C|no published seizure rate exists|Share of a found lot's cargo that is lost.
entry_cost|F0|log points|0.05|0|0.2|C|{JUDGED}|Extra margin needed to enter a route.
monitoring_weight|χ|weight|0.5|0|2|C|{JUDGED}|Weight of UN monitoring in risk and detection.
evasion_effort_gain|ζ|share|0.5|0|0.9|C|{JUDGED}|How far evasion effort cuts the cost of the illegal route.
congestion|c|log points|0.3|0.05|1|C|{JUDGED}|Rise of cost as the illegal route of a cell fills.
over_compliance|ch|weight|0.3|0|1|C|{JUDGED}|Weight of risk in trade that is still lawful.
price_adjustment|.|share a month|0.3|0.1|0.9|C|{JUDGED}|Speed of price and congestion expectations.
""",
    "law": f"""
contract_decay|ρ_c|share a month|0.35|0.25|0.7|C|{JUDGED}|Share of cargo under old contracts that runs out.
front_loading|.|share|0.2|0.07|0.6|C|{JUDGED}; coal of December 2016: 2.0 Mt against 1.8 in October|Rise of lawful trade in items whose ban is announced, until it starts.
clearing_release|.|share a month|0.8|0.5|1|C|{JUDGED}; coal of Aug-Sep 2017|Share of bonded stock released in a clearing window.
bonded_return|.|share a month|0.05|0.02|0.15|C|{JUDGED}|Share of bonded stock that goes back.
china_lag|.|days|12|0|30|B|measures registry: notices 9 to 34 days after adoption|China's lag where no act is dated.
russia_lag|.|days|300|0|320|C|measures registry: earlier decrees 225 to 320 days after adoption|Russia's lag where no act is dated.
rest_lag|.|days|90|0|300|C|{JUDGED}|The rest of the world's lag.
coverage_livelihood|.|share|0.10|0.05|0.15|C|{JUDGED}|Share that the livelihood exemption of 2016 refused.
coverage_other_goods|.|share|0.5|0.4|0.7|C|base flows by HS chapter, partly judged|Share of other goods under resolution 2397.
coverage_fuel_stop|.|share|0.6|0.4|0.8|C|{JUDGED}|Share of fuel under the oil company's stop of mid-2017.
coverage_new_contracts|.|share|0.15|0|0.35|C|{JUDGED}|Share of textiles under new contracts in late 2017.
""",
    "support": f"""
support_intercept|c0|logits|-4|-6|-2|C|{JUDGED}|Closedness of a state that sees no gain in helping.
support_need|c_A|logits|1|0|2|C|{JUDGED}|Weight of political need.
support_commerce|c_P|logits|1|0|2|C|{JUDGED}|Weight of commercial gain.
support_need_commerce|c_AP|logits|12|0|30|C|Early & Spice 2011 for the form; {JUDGED} for size|Weight of both together.
support_us|c_S|logits|3|0|6|C|{JUDGED}|Weight of US pressure against support.
support_up|.|share a month|0.2|0.07|0.6|C|{JUDGED}|Speed of rising support.
support_down|.|share a month|0.1|0.03|0.3|C|{JUDGED}|Speed of falling support.
support_permit_rate|.|share a month|0.05|0.017|0.15|C|{JUDGED}|Permits issued to the room left, times support.
china_friction|f China|log points|0.1|0|0.4|C|{JUDGED}; Crozet & Hinz 2020 for the mechanism|Payment friction of China at full US pressure.
russia_friction|f Russia|log points|0.9|0|1.8|C|{JUDGED}; Crozet & Hinz 2020 for the mechanism|Payment friction of Russia at full US pressure.
rest_friction|f rest|log points|0.2|0|0.6|C|{JUDGED}|Payment friction of the rest of the world at full US pressure.
""",
    "politics": f"""
china_enforcement_rivalry|a_ri|logits|2|0|6|C|{JUDGED}|Weight of influence China loses to others against its enforcement.
china_enforcement_losses|a_lo|logits|1|0|3|C|{JUDGED}; Dandong firms press for easing|Weight of lawful trade China has lost against its enforcement.
russia_enforcement_rivalry|a_ri|logits|2|0|6|C|{JUDGED}|Weight of influence Russia loses to others against its enforcement.
russia_enforcement_losses|a_lo|logits|1|0|3|C|{JUDGED}|Weight of lawful trade Russia has lost against its enforcement.
own_act_threshold|θ_o|level|0.3|0.1|0.8|C|{JUDGED}; China's coal stop of February 2017|Wish for enforcement from which a partner goes beyond the Council's caps.
coal_competition|.|share|0.5|0|1|C|{JUDGED}; Russia sells coal to China itself (+5 Mt in Jan-Aug 2017)|How far cheap coal of the DPRK is no gain to Russia.
supplier_politics|γ|log points|1|0|3|C|{JUDGED}|How far the DPRK prefers suppliers that help it, at equal prices.
need_position|.|level|0.5|0|1|C|{JUDGED}|Where in its range Russia's need of the DPRK lies (0 low, 0.5 level, 1 high).
decoupling_position|.|level|0.5|0|1|C|{JUDGED}|Where in its range lies the share of US pressure that no longer bites.
monitoring_position|.|level|0.5|0|1|C|{JUDGED}|Where in its range lies monitoring after the Panel of Experts.
border_position|.|level|0.5|0|1|C|{JUDGED}; range over weights of services and substitution between them|Where in its range lies the openness of borders from 2020.
arms_position|.|level|0.5|0|1|B|illicit flows: estimates of arms sold to Russia, 2022-25|Where in its range lies income from arms.
""",
    "council": f"""
council_ideal|η0|share|0.05|0|0.1|C|{JUDGED}|Strictness a veto player wants without any test.
council_provocation|η_pr|share|0.15|0.05|0.4|C|{JUDGED}|Strictness that tests add to it.
council_stability|η_st|share|0.3|0|1|C|{JUDGED}|Strictness that the DPRK's distress takes off it.
council_need|η_A|share|0.3|0|1|C|{JUDGED}|Strictness that need of the DPRK takes off it.
council_diplomacy|η_G|share|0.1|0|0.3|C|{JUDGED}|Strictness that recent summits take off it.
council_outside|ω|share|0.6|0.4|1|C|Voeten 2001 for the form; {JUDGED} for size|Strictness of what the United States would do alone at full threat.
council_threshold|.|weight|0.5|0.35|0.65|C|one nuclear or intercontinental test is enough|Unanswered tests that bring a draft.
council_talks|.|months|1|0|2|B|measures registry: 5 to 82 days from test to resolution|Months of talks before a vote.
council_deadline|.|months|2|2|3|B|measures registry: at most 82 days; veto two months after the tests of March 2022|Months after which a draft is put to vote as it stands.
council_least|.|share|0.5|0.25|0.75|C|{JUDGED}|Share of a draft that must survive the talks.
monitoring_team|.|share|0.3|0|0.6|C|{JUDGED}: team of eleven states without a mandate|Strength of monitoring after the Panel of Experts.
""",
    "tests": f"""
test_rate_nuclear|.|tests a month|0.026|0.013|0.05|B|six tests in 231 months from October 2006|Hazard of a nuclear test at base pressure.
test_rate_icbm|.|tests a month|0.118|0.06|0.24|B|twelve launches in 102 months from July 2017|Hazard of an intercontinental launch at base pressure.
test_rate_other|.|days a month|0.9|0.45|1.8|B|launch days of 2014 to 2025|Launch days with other missiles at base pressure.
test_pressure|.|log points|0.5|0|1.5|C|{JUDGED}|Rise of the hazards at full US pressure.
test_diplomacy|.|log points|1.2|0.4|2.5|C|three launch days in the 16 months from March 2018, 15 in the 16 before|Fall of the hazards after a summit.
""",
    "border": f"""
border_fear|.|share|0.97|0.9|1|C|{JUDGED}; services of 2020-21 at 1 to 16 %|Share of traffic the DPRK shuts at full danger.
border_patience|.|share of output|1|0.3|3|C|{JUDGED}|Distress that wears the closure down by a factor e.
border_closing|.|share a month|0.9|0.5|1|C|closed within two weeks of January 2020|Speed of closing.
border_opening|.|share a month|0.1|0.03|0.3|C|{JUDGED}|Speed of opening.
""",
    "transit": f"""
transit_base_use|u0|share|0.35|0.2|0.5|C|{JUDGED}; 0.28-1.12 Mt of 5 Mt in 2014-15|Use of Rajin's capacity in the base year.
transit_response|ψ|share|0.3|0|1|C|{JUDGED}|Rise of transit when China refuses DPRK coal.
transit_cut|.|share|0.9|0.3|1|C|{JUDGED}|Transit that listings and bank cut-offs stop at full pressure.
transit_cut_up|.|share a month|0.5|0.17|1|C|{JUDGED}|Speed of the stop.
transit_cut_down|.|share a month|0.02|0.007|0.06|C|{JUDGED}|Speed of its easing.
transit_fee|.|USD a tonne|3|1|6|C|{JUDGED}|Port fee of transit coal.
coal_redirection|.|share|0.5|0.3|0.7|B|+5 Mt from Russia against -10 Mt from the DPRK, Jan-Aug 2017|Coal China buys from Russia of what it refuses.
""",
    "labour": f"""
permit_exit|.|share a month|0.05|0.02|0.08|C|permits 30,023 to 11,490 in 2018|Permits that run out under a freeze at full enforcement.
repatriation_hazard|.|weight|0.8|0.27|1|C|{JUDGED}|Hazard of return over the months left.
visa_switch|sw|share|0.5|0.2|0.8|C|visas 4.6 to 27 thousand in 2018-19|Leavers who come back on a visa.
visa_switch_deterrence|.|share|0.3|0.1|0.9|C|{JUDGED}|How far enforcement deters the switch.
visa_exit|.|share a month|0.02|0.007|0.06|C|{JUDGED}|Visa holders who leave at full enforcement.
crew_elasticity|.|elasticity|2|0.5|5|C|{JUDGED}|Crews' answer to relative net wages.
crew_mobility|.|share a month|0.05|0.017|0.15|C|{JUDGED}|Speed of moves between hosts.
state_take|.|share|0.75|0.5|0.9|B|70-90 % (C4ADS, AP)|Share of the wage that the state takes.
visa_validity|.|months|6|3|12|C|{JUDGED}|Validity of a student or tourist visa.
""",
    "balance": f"""
reserves_2014|B0|musd|3000|1500|8000|C|{JUDGED}|Hard-currency reserves at the start.
unrecorded_income|.|musd a month|30|15|80|C|residual of the base year; fishing rights 120 a year (Panel of Experts)|Income that no table shows.
cyber_income|.|musd a month|25|5|60|B|Panel of Experts: 670 M in 2015-18, 2,000 M to 2019|Cyber income 2017-20.
cyber_income_late|.|musd a month|60|20|150|B|Chainalysis, Panel of Experts 2021-25|Cyber income from 2021.
reserve_share|.|share a month|0.03|0.005|0.08|C|{JUDGED}|Share of reserves that may be spent in a month.
plan_passthrough|.|share|0.5|0|1|C|{JUDGED}; China's exports of 2017|Share of receipts above base that raises the plan.
effort_speed|.|share a month|0.06|0.02|0.2|C|{JUDGED}|Speed of evasion effort.
output_exports|.|weight|0.07|0.023|0.2|C|industry -6.5 % (Kim et al. 2023)|Output lost without exports.
output_inputs|.|weight|0.10|0.033|0.3|C|industry -13.4 % (Kim et al. 2023)|Output lost without imported inputs.
output_fuel|.|weight|0.04|0.013|0.12|C|{JUDGED}|Output lost without fuel.
""",
}  # fmt: skip

# name | symbol | unit | central | low | high | sentence, for each partner
ENFORCEMENT = """
intercept|a0|logits|-4|-6|-1|Enforcement of {p} that nothing asks for.
un|a_un|logits|4|0|10|Weight of UN measures on {p}'s own trade.
us|a_us|logits|2|0|5|Weight of US pressure on {p}.
provocation|a_pr|logits|1|0|3|Weight of tests on {p}.
diplomacy|a_di|logits|1|0|3|Weight of summits with {p} against its enforcement.
stability|a_st|logits|1.5|0|5|Weight of the DPRK's distress on {p}.
up|up|share a month|0.4|0.1|0.9|Speed of rising enforcement of {p}.
down|down|share a month|0.1|0.02|0.5|Speed of falling enforcement of {p}.
"""
